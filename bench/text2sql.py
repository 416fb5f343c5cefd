"""How often a question's SQL gives the rows that the known SQL gives: execution accuracy, through the real pipeline.

`--model NAME` asks that model of the running Nacre, in a project that is made for it and deleted again. Without it,
answers that were written by hand (bench/questions/*/recorded.jsonl) are given by the tests' provider: that proves the
harness and the repair loop, and says nothing of any model. The peer is the same model without the repair loop.

`--bird FOLDER --dsn URL` asks BIRD Mini-Dev instead: FOLDER is where it is unpacked, URL a PostgreSQL into which its
BIRD_dev.sql was restored and pg_llm installed (`nacre llm enable` or `nacre llm install`).
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg
from tests.integration.llm.databases import database
from tests.provider import FakeProvider

from bench._execution import Outcome, run_by_desk, run_by_sql
from bench._nacre import Nacre
from bench._questions import SCHEMAS, Pair, answering, bird, definition, pairs, recorded
from bench._result import Results

_PROJECT = f"text2sql-{os.getpid()}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--model", help="a model of the running Nacre")
    arguments.add_argument("--bird", type=Path, metavar="FOLDER", help="BIRD Mini-Dev, unpacked")
    arguments.add_argument("--dsn", help="the PostgreSQL that BIRD_dev.sql was restored into")
    arguments.add_argument("--quick", action="store_true", help="five questions of each schema")
    given = arguments.parse_args()
    if given.bird and not (given.dsn and given.model):
        arguments.error("--bird needs --dsn, where its databases are, and --model")
    asked = bird(given.bird) if given.bird else [pair for schema in SCHEMAS for pair in pairs(schema)]
    if given.quick:
        asked = [pair for schema in dict.fromkeys(p.schema for p in asked) for pair in _of(asked, schema)[:5]]
    who = given.model or "answers written by hand"
    results = Results("text2sql", f"execution accuracy of {who}")
    if given.bird:
        outcomes = run_by_sql(given.dsn, given.model, asked)
    else:
        outcomes = in_a_project(given.model, asked) if given.model else as_recorded(asked)
    tell(results, outcomes)


def tell(results: Results, outcomes: Sequence[Outcome]) -> None:
    for schema in dict.fromkeys(each.pair.schema for each in outcomes):
        own = [each for each in outcomes if each.pair.schema == schema]
        results.add(f"right of {len(own)} questions on {schema}", _percent(own, sum(each.right for each in own)), "%")
    right, alone = sum(each.right for each in outcomes), sum(each.alone for each in outcomes)
    results.add(f"right of all {len(outcomes)} questions", _percent(outcomes, right), "%")
    results.add("the same without the repair loop", _percent(outcomes, alone), "%")
    if alone:
        results.add("with the repair loop ÷ without", right / alone, "×")
    results.add("mended before it worked", sum(each.mended for each in outcomes), "questions")
    for why in ("refused", "asked back"):
        results.add(why, sum(each.told.why == why for each in outcomes), "questions")
    results.add("a question, on average", sum(each.seconds for each in outcomes) / len(outcomes), "s")
    results.note("not right", [each.pair.question for each in outcomes if not each.right])
    results.keep()


def as_recorded(asked: Sequence[Pair]) -> list[Outcome]:
    """In a PostgreSQL of its own, at a desk of this process."""
    with database() as made, FakeProvider() as provider, tempfile.TemporaryDirectory() as home:
        for schema in SCHEMAS:
            made.sql(definition(schema))
        provider.answer("", answering(recorded()))
        return asyncio.run(run_by_desk(Path(home), provider.base_url, made.conninfo("llm_reader"), "shop", asked))


def in_a_project(model: str, asked: Sequence[Pair]) -> list[Outcome]:
    nacre = Nacre(Path(), dict(os.environ))
    nacre.call("project", "create", _PROJECT)
    try:
        url = nacre.url(_PROJECT)
        with psycopg.connect(url, autocommit=True) as connection:
            for schema in SCHEMAS:
                connection.execute(definition(schema).encode())
        return run_by_sql(url, model, asked)
    finally:
        nacre.call("project", "delete", _PROJECT, "--yes")


def _of(asked: Sequence[Pair], schema: str) -> list[Pair]:
    return [pair for pair in asked if pair.schema == schema]


def _percent(outcomes: Sequence[Outcome], count: int) -> float:
    return 100 * count / len(outcomes)


if __name__ == "__main__":
    main()
