"""The questions of ./nacre bench text2sql: known statements run, and the figure is computed from what is answered."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from bench._execution import Outcome, run_by_desk
from bench._questions import SCHEMAS, Pair, answering, bird, definition, pairs, recorded
from tests.integration.llm.databases import Database, database
from tests.provider import FakeProvider

from nacre.llm.asking.running import Caps, run

ALL = [pair for schema in SCHEMAS for pair in pairs(schema)]


@pytest.fixture(scope="module")
def shop() -> Iterator[Database]:
    with database() as made:
        for schema in SCHEMAS:
            made.sql(definition(schema))
        yield made


def test_there_are_sixty_questions_over_two_schemas_and_a_dozen_in_chinese():
    assert len(ALL) >= 60 and min(len(pairs(schema)) for schema in SCHEMAS) >= 30
    assert len({pair.question for pair in ALL}) == len(ALL)
    assert sum(any("\u4e00" <= letter <= "\u9fff" for letter in pair.question) for pair in ALL) >= 12
    assert set(recorded()) == {pair.question for pair in ALL}


async def test_every_known_statement_gives_rows(shop: Database):
    async with await psycopg.AsyncConnection.connect(shop.conninfo("shop"), autocommit=True) as connection:
        for pair in ALL:
            assert (await run(connection, pair.sql, Caps())).rows, pair.question


def test_the_figure_is_what_the_answers_make_it(shop: Database, tmp_path: Path):
    """One of the right answers made wrong costs just one; the pipeline, guard and rows are the real ones."""
    outcomes = asked(shop, tmp_path, recorded())
    right = [each for each in outcomes if each.right]
    assert len(outcomes) == len(ALL) and 0 < len(right) < len(ALL)
    assert any(each.mended and each.right for each in outcomes) and any(
        each.told.why == "asked back" for each in outcomes
    )
    assert any(each.told.why == "refused" for each in outcomes)
    spoiled = recorded() | {right[0].pair.question: [{"sql": "SELECT 'no'", "explanation": "", "clarify": None}]}
    again = asked(shop, tmp_path, spoiled)
    assert [each.pair for each in again if each.right] == [each.pair for each in right[1:]]


def test_order_counts_only_where_the_known_statement_orders_its_rows():
    ranked = Pair("shop", "?", "SELECT rank() OVER (ORDER BY id) FROM t")
    assert not ranked.ordered and replace(ranked, sql="SELECT id FROM t ORDER BY id LIMIT 1").ordered


def test_bird_is_read_as_it_is_published(tmp_path: Path):
    (tmp_path / "MINIDEV").mkdir()
    (tmp_path / "MINIDEV" / "mini_dev_postgresql.json").write_text(
        '[{"question_id": 1, "db_id": "financial", "question": "How many?", "evidence": "A3 is the region",'
        ' "SQL": "SELECT count(*) FROM district;", "difficulty": "simple"}]'
    )
    assert bird(tmp_path) == [Pair("financial", "How many?\nA3 is the region", "SELECT count(*) FROM district")]


def asked(shop: Database, folder: Path, answers: dict) -> list[Outcome]:
    with FakeProvider() as provider:
        provider.answer("", answering(answers))
        home = folder / str(provider.port)
        home.mkdir()
        return asyncio.run(run_by_desk(home, provider.base_url, shop.conninfo("llm_reader"), "shop", ALL))
