"""The questions of ./nacre bench text2sql: known statements give what was looked at, and the figure is computed."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from bench._execution import Outcome, agree, run_by_desk
from bench._questions import SCHEMAS, Answers, Pair, answering, bird, chinook, own, pairs, recorded, write_answers
from bench._questions import read_answers as read
from tests.integration.llm.databases import Database, bare, database
from tests.provider import FakeProvider

from nacre.llm.asking.running import Caps, Result, run

ALL = own().pairs
CHINOOK = Path(__file__).parents[4] / "shared" / "data" / "chinook" / "chinook.sql"


@pytest.fixture(scope="module")
def shop() -> Iterator[Database]:
    with database() as made:
        own().load(made.conninfo("shop"))
        yield made


def test_there_are_sixty_questions_over_two_schemas_and_a_dozen_in_chinese():
    assert len(ALL) >= 60 and min(len(pairs(schema)) for schema in SCHEMAS) >= 30
    assert len({pair.question for pair in ALL}) == len(ALL)
    assert sum(any("\u4e00" <= letter <= "\u9fff" for letter in pair.question) for pair in ALL) >= 12
    assert set(recorded()) == {pair.question for pair in [*ALL, *pairs("chinook")]}


async def test_every_known_statement_gives_the_rows_that_were_looked_at(shop: Database):
    await as_looked_at(shop, ALL)


async def test_those_about_chinook_do_too():
    if not CHINOOK.exists():
        pytest.skip("needs the Chinook sample database beside the repository")
    with bare() as made:
        chinook(CHINOOK).load(made.conninfo("shop"))
        await as_looked_at(made, pairs("chinook"))


async def as_looked_at(db: Database, known: list[Pair]) -> None:
    async with await psycopg.AsyncConnection.connect(db.conninfo("shop"), autocommit=True) as connection:
        for pair in known:
            assert pair.gives and any(value not in (None, 0) for row in pair.gives for value in row), pair.question
            looked_at = Result((), tuple(map(tuple, pair.gives)), more=False)
            assert agree(pair, looked_at, await run(connection, pair.sql, Caps())), pair.question


def test_the_figure_is_what_the_answers_make_it(shop: Database, tmp_path: Path):
    """One of the right answers made wrong costs just one, and what was recorded is worth as much as what was answered;
    the pipeline, guard and rows are the real ones."""
    outcomes = asked(shop, tmp_path, recorded())
    right = [each for each in outcomes if each.right]
    assert len(outcomes) == len(ALL) and 0 < len(right) < len(ALL)
    assert any(each.mended and each.right for each in outcomes)
    assert {"asked back", "refused"} <= {each.told.why for each in outcomes}
    kept = [(each.pair.question, each.told.sql) for each in outcomes if each.told.sql]
    write_answers(tmp_path / "kept.jsonl", kept)
    spoiled = {
        **read(tmp_path / "kept.jsonl"),
        right[0].pair.question: [{"sql": "SELECT 'no'", "explanation": "", "clarify": None}],
    }
    again = asked(shop, tmp_path, spoiled)
    assert [each.pair for each in again if each.right] == [each.pair for each in right[1:]]
    assert sum(each.told.why == "asked back" for each in again) == len(ALL) - len(kept)


def test_order_counts_only_where_the_known_statement_orders_its_rows():
    ranked = Pair("shop", "?", "SELECT rank() OVER (ORDER BY id) FROM t")
    ordered = replace(ranked, sql="SELECT id FROM t ORDER BY id LIMIT 1")
    up, down, twice = (Result(("id",), rows, more=False) for rows in (((1,), (2,)), ((2,), (1,)), ((1,), (2,), (1,))))
    assert agree(ranked, up, down) and not agree(ordered, up, down) and not agree(ranked, up, twice)
    as_bird_counts = replace(ordered, once=True)
    assert agree(as_bird_counts, up, down) and agree(as_bird_counts, up, twice) and not agree(as_bird_counts, up, None)


def test_bird_is_read_restored_and_asked_as_it_is_published(shop: Database, tmp_path: Path):
    (tmp_path / "MINIDEV" / "MINIDEV_postgresql").mkdir(parents=True)
    (tmp_path / "MINIDEV" / "mini_dev_postgresql.json").write_text(json.dumps([
        {"question_id": 1, "db_id": "financial", "question": "How many?", "evidence": "A3 is the region",
         "SQL": "SELECT count(*) FROM district;", "difficulty": "simple"},
        {"question_id": 2, "db_id": "financial", "question": "Which regions?", "evidence": "",
         "SQL": "SELECT \"A3\" FROM district", "difficulty": "simple"},
    ]))  # fmt: skip
    (tmp_path / "MINIDEV" / "MINIDEV_postgresql" / "BIRD_dev.sql").write_text(
        'CREATE TABLE public.district (district_id bigint NOT NULL, "A3" text);\n'
        "ALTER TABLE public.district OWNER TO xiaolongli;\n"
        'COPY public.district (district_id, "A3") FROM stdin;\n1\tPrague\n2\tPrague\n\\.\n'
    )
    source = bird(tmp_path)
    assert source.pairs[0] == Pair(
        "financial", "How many?\nA3 is the region", "SELECT count(*) FROM district", once=True
    )
    source.load(shop.conninfo("shop"))
    answers = {
        "How many?\nA3 is the region": [{"sql": "SELECT 3", "explanation": "", "clarify": None}],
        "Which regions?": [{"sql": 'SELECT DISTINCT "A3" FROM district', "explanation": "", "clarify": None}],
    }
    assert [each.right for each in asked(shop, tmp_path, answers, source.pairs)] == [False, True]


def asked(shop: Database, folder: Path, answers: Answers, known: list[Pair] = ALL) -> list[Outcome]:
    with FakeProvider() as provider:
        provider.answer("", answering(answers))
        home = folder / str(provider.port)
        home.mkdir()
        return asyncio.run(run_by_desk(home, provider.base_url, shop.conninfo("llm_reader"), "shop", known))
