"""What may be said of a document is what JSON can say, within bounds."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput
from nacre.knowledge.metadata import check_metadata

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
)


@given(st.dictionaries(st.text(st.characters()), _JSON, max_size=4))
def test_what_is_let_through_can_be_written_and_read_by_anybody(metadata: dict[str, Any]) -> None:
    try:
        check_metadata("x", metadata)
    except InvalidInput as refused:
        assert refused.code == "bad-metadata"
        return
    assert json.loads(json.dumps(metadata, ensure_ascii=False, allow_nan=False).encode()) == metadata


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "not finite"),
        ([{"deep": float("-inf")}], "not finite"),
        ("\ud800", "half a character"),
        ({"\udfff": 1}, "half a character"),
        ("x" * 10_000_000, "may have 65,536"),
        (json.loads("[" * 900 + "]" * 900), "more than 32 deep"),
        (json.loads('{"k":' * 32 + "1" + "}" * 32), "more than 32 deep"),
    ],
)
def test_what_is_not_json_too_long_or_too_deep_is_refused(value: Any, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        check_metadata("x", {"k": value})


def test_usual_ones_pass() -> None:
    check_metadata("x", {"lang": "中文 😀", "tags": ["a", "b"], "year": 2024, "nested": {"a": {"b": [1, 2.5, None]}}})
    check_metadata("x", {"k": json.loads('{"k":' * 31 + "1" + "}" * 31)})
