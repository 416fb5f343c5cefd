"""Cutting texts into chunks: nothing is lost, nothing is too long, and boundaries are where a reader would put them."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nacre.llm.embedding.chunking import Chunk, Chunking, chunks, chunks_of_row


def words(text: str) -> Sequence[tuple[int, int]]:
    return [found.span() for found in re.finditer(r"\S", text)]


WAYS = st.sampled_from(["recursive", "sentences", "markdown", "tokens", "characters", "none"])
TEXTS = st.text(
    st.one_of(st.sampled_from(" \n\t.。!?！,，#`~aé字́️"), st.characters(codec="utf-8")), max_size=400
) | st.lists(
    st.sampled_from(["One sentence. ", "一句话。", "# Head\n", "\n\n", "word ", "```\n", "longwordwithoutend" * 3])
).map("".join)


@st.composite
def settings(draw: st.DrawFn) -> Chunking:
    size = draw(st.integers(20, 120))
    return Chunking(by=draw(WAYS), size=size, overlap=draw(st.integers(0, size // 2)))


@given(TEXTS, settings())
def test_chunks_are_parts_of_the_text_in_its_order_and_keep_to_their_size(text: str, how: Chunking):
    cut, position = chunks(text, how, words), 0
    for chunk in cut:
        assert chunk.text and chunk.text == chunk.text.strip()
        assert text[chunk.start : chunk.start + len(chunk.text)] == chunk.text
        assert chunk.start >= position
        position = chunk.start
        if how.by == "tokens":
            assert len(words(chunk.text)) <= how.size
        elif how.by != "none":
            assert len(chunk.text) <= how.size
    assert chunks(text, how, words) == cut


@given(TEXTS, settings())
def test_without_overlap_every_character_but_blanks_is_in_exactly_one_chunk(text: str, how: Chunking):
    together = "".join(chunk.text for chunk in chunks(text, how.model_copy(update={"overlap": 0}), words))
    assert "".join(together.split()) == "".join(text.split())


@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=60, unique=True), settings())
def test_no_word_is_torn_where_words_are_shorter_than_a_chunk(vocabulary: list[str], how: Chunking):
    sentences = [f"{word}." for word in vocabulary]
    cut = chunks(" ".join(sentences), how, words)
    if how.by not in ("characters", "tokens"):
        assert {word for chunk in cut for word in chunk.text.split()} == set(sentences)


def test_paragraphs_stay_whole_where_they_fit():
    first, second = "A first paragraph. It has two sentences.", "A second one, of a single sentence."
    how = Chunking(size=60, overlap=0)
    assert [chunk.text for chunk in chunks(f"{first}\n\n{second}", how, words)] == [first, second]


def test_chinese_is_cut_at_its_own_full_stops_and_overlaps_by_sentences():
    text = "珍珠母是一层一层长成的。时间机器在下面。搜索按意思找。向量一直跟上。"
    cut = chunks(text, Chunking(by="sentences", size=28, overlap=8), words)
    assert [chunk.text for chunk in cut] == [
        "珍珠母是一层一层长成的。时间机器在下面。",
        "时间机器在下面。搜索按意思找。向量一直跟上。",
    ]


def test_markdown_sections_carry_the_headings_above_them_and_code_is_no_heading():
    text = "# Guide\nHello.\n\n## Install\n```\n# not a heading\n```\n\n## Use\nRun it.\n"
    assert chunks(text, Chunking(by="markdown"), words) == [
        Chunk("# Guide\nHello."),
        Chunk("## Install\n```\n# not a heading\n```", "Guide\n"),
        Chunk("## Use\nRun it.", "Guide\n"),
    ]


def test_a_row_has_its_title_before_every_chunk_and_not_among_them():
    how = Chunking(by="none", context="{title} ({missing}): ")
    assert chunks_of_row(["title", "body"], ["Pearls", "They grow."], how, words) == [
        Chunk("They grow.", "Pearls (): ")
    ]
    assert chunks_of_row(["title", "body"], ["Pearls", "  "], how, words) == []


@pytest.mark.parametrize("wrong", [{"by": "lines"}, {"size": 5}, {"size": 100, "overlap": 60}, {"overlaps": 3}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        Chunking.model_validate(wrong)
