"""An answer's citations, in whatever way models write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.knowledge.answering import citing


@pytest.mark.parametrize(
    ("said", "text", "cited"),
    [
        ("Two anchors [1][2].", "Two anchors [1][2].", [1, 2]),
        ("Two anchors [1, 2].", "Two anchors [1][2].", [1, 2]),
        ("Two anchors [2,3; 1].", "Two anchors [2][3][1].", [2, 3, 1]),
        ("Two anchors [1–3].", "Two anchors [1][2][3].", [1, 2, 3]),
        ("Two anchors [1-2, 4].", "Two anchors [1][2][4].", [1, 2, 4]),
        ("有两个锚【1】。", "有两个锚[1]。", [1]),
        ("有两个锚【1、2】【3，4】。", "有两个锚[1][2][3][4]。", [1, 2, 3, 4]),
        ("Two anchors [1, 9] and [9].", "Two anchors [1] and.", [1]),
        ("From 2019 on [2019, 2020], [1914–1918].", "From 2019 on [2019, 2020], [1914–1918].", []),
        ("See a[0x], [3–1], [1】 and [].", "See a[0x], [3–1], [1】 and [].", []),
        ("[1-999999999]", "[1][2][3][4]", [1, 2, 3, 4]),
    ],
)
def test_lists_ranges_and_chinese_brackets_are_citations(said: str, text: str, cited: list[int]) -> None:
    assert citing(said, 4) == (text, cited)


@given(st.text("0123456789٣[]【】,，、;-– a\n"), st.integers(0, 12))
def test_only_passages_that_there_are_get_cited_and_what_is_cited_stays_so(said: str, passages: int) -> None:
    text, cited = citing(said, passages)
    assert all(1 <= number <= passages for number in cited)
    assert all(f"[{number}]" in text for number in cited)
    assert set(cited) <= set(citing(text, passages)[1])
