"""Words for the full-text index, tried on SQLite's own: what is in a text is found in it, in any script."""

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.engines.retrieval.folding import folded
from nacre.engines.retrieval.fusion import fused
from nacre.engines.retrieval.words import TOKENIZER, indexed, match


def finds(text: str, query: str) -> bool:
    database = apsw.Connection(":memory:")
    database.execute(f"CREATE VIRTUAL TABLE t USING fts5(text, content='', tokenize='{TOKENIZER}')")
    database.execute("INSERT INTO t (rowid, text) VALUES (1, ?)", (indexed(text),))
    expression = match(query)
    return expression is not None and bool(database.execute("SELECT rowid FROM t WHERE t MATCH ?", (expression,)).get)


@pytest.mark.parametrize("word", ["数据", "数据库", "备份还原", "还原", "原"])
def test_words_of_one_to_four_characters_are_found_in_text_without_spaces(word: str) -> None:
    assert finds("每天夜里把数据库备份还原", word)
    assert not finds("每天夜里下雨", word)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("用Postgres做备份", "postgres"),
        ("naïve cafés", "Naive cafe"),
        ("ＳＱＬ データベース", "sql"),
        ("the connections were closed", "connection closes"),
        ("データベースの移行", "移行"),
        ("error_code=E-1042 (fatal)", "E-1042"),
        ("to be or not to be", "to be"),
        ("\ud83d broken", "broken \ud83d"),
    ],
)
def test_what_people_write_is_found_as_they_ask_for_it(text: str, query: str) -> None:
    assert finds(text, query)


@given(st.text(min_size=1, max_size=60), st.data())
def test_any_part_of_a_run_of_chinese_is_found_and_no_query_is_a_mistake(noise: str, data: st.DataObject) -> None:
    run = data.draw(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=12))
    start = data.draw(st.integers(0, len(run) - 1))
    assert finds(f"{noise} {run} {noise}", run[start:])
    finds(run, noise)


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("臺灣", "台湾"),
        ("資料庫", "资料库"),
        ("數據庫", "数据库"),
        ("以後", "以后"),
        ("頭髮發現", "头发发现"),
        ("瞭解", "了解"),
    ],
)
def test_either_form_of_chinese_is_folded_to_the_same(traditional: str, simplified: str) -> None:
    assert folded(traditional, "simplified") == folded(simplified, "simplified") == simplified
    assert folded(traditional, "none") == traditional


@given(st.text())
def test_folding_is_done_at_once_and_keeps_each_character_in_its_place(text: str) -> None:
    once = folded(text, "simplified")
    assert folded(once, "simplified") == once and len(once) == len(text)


def test_agreement_outweighs_a_first_rank() -> None:
    assert [one for one, _ in fused(["a", "b", "c"], ["d", "b"])] == ["b", "a", "d", "c"]
    assert fused() == []
    assert dict(fused(["a"], ["a"])) == {"a": pytest.approx(2 / 61)}
