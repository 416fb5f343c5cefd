"""How often a question's SQL gives the rows that the known SQL gives: execution accuracy, through the real pipeline.

`--model NAME` asks that model of the running Nacre, in projects that are made for it and deleted again. Without it,
answers that were written by hand (bench/questions/*/recorded.jsonl) are given by the tests' provider: that proves the
harness and the repair loop, and says nothing of any model. The peer is the same model without the repair loop.

`--record FILE` keeps what was answered; `--recorded FILE` gives it again, without the model.

`--chinook FILE` asks a dozen more questions, about the Chinook database; FILE is its script for PostgreSQL.
`--bird FOLDER` asks those of BIRD Mini-Dev instead: FOLDER is where it is unpacked, with BIRD_dev.sql. Where that was
restored already, into a PostgreSQL that has pg_llm (`nacre llm enable` or `nacre llm install`), `--dsn URL` is asked.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.integration.llm.databases import database
from tests.provider import FakeProvider

from bench._execution import Outcome, run_by_desk, run_by_sql
from bench._nacre import Nacre
from bench._questions import (
    Answers,
    Pair,
    Source,
    answering,
    bird,
    bird_pairs,
    chinook,
    own,
    read_answers,
    recorded,
    write_answers,
)
from bench._result import Results


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--model", help="a model of the running Nacre")
    arguments.add_argument("--record", type=Path, metavar="FILE", help="where answers are kept")
    arguments.add_argument("--recorded", type=Path, metavar="FILE", help="answers that were kept")
    arguments.add_argument("--chinook", type=Path, metavar="FILE", help="Chinook's script for PostgreSQL")
    arguments.add_argument("--bird", type=Path, metavar="FOLDER", help="BIRD Mini-Dev, unpacked")
    arguments.add_argument("--dsn", help="the PostgreSQL that BIRD_dev.sql was restored into")
    arguments.add_argument("--quick", action="store_true", help="five questions of each schema")
    given = arguments.parse_args()
    if given.dsn and not (given.bird and given.model):
        arguments.error("--dsn needs --bird, whose databases it has, and --model")
    if given.bird and not (given.model or given.recorded):
        arguments.error("--bird needs --model, or --recorded")
    results = Results("text2sql", f"execution accuracy of {given.model or given.recorded or 'answers written by hand'}")
    if given.dsn:
        outcomes = run_by_sql(given.dsn, given.model, _few(bird_pairs(given.bird), given.quick))
    else:
        sources = [bird(given.bird)] if given.bird else [own(), *([chinook(given.chinook)] if given.chinook else [])]
        sources = [replace(source, pairs=_few(source.pairs, given.quick)) for source in sources]
        answers = read_answers(given.recorded) if given.recorded else recorded()
        outcomes = in_projects(given.model, sources) if given.model else as_recorded(sources, answers)
    if given.record:
        kept = [each for each in outcomes if each.told.sql or each.told.why == "asked back"]
        write_answers(given.record, [(each.pair.question, each.told.sql) for each in kept])
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


def as_recorded(sources: Sequence[Source], answers: Answers) -> list[Outcome]:
    """In a PostgreSQL of its own for each, at a desk of this process."""
    outcomes: list[Outcome] = []
    for source in sources:
        with database() as made, FakeProvider() as provider, tempfile.TemporaryDirectory() as home:
            source.load(made.conninfo("shop"))
            provider.answer("", answering(answers))
            reader = made.conninfo("llm_reader")
            outcomes += asyncio.run(run_by_desk(Path(home), provider.base_url, reader, "shop", source.pairs))
    return outcomes


def in_projects(model: str, sources: Sequence[Source]) -> list[Outcome]:
    """In a project of its own for each, of the Nacre that runs."""
    nacre = Nacre(Path(), dict(os.environ))
    outcomes: list[Outcome] = []
    for source in sources:
        project = f"text2sql-{source.name}-{os.getpid()}"
        nacre.call("project", "create", project)
        try:
            source.load(nacre.url(project))
            outcomes += run_by_sql(nacre.url(project), model, source.pairs)
        finally:
            nacre.call("project", "delete", project, "--yes")
    return outcomes


def _few(asked: Sequence[Pair], quick: bool) -> list[Pair]:
    """All, or five of each schema."""
    schemas = dict.fromkeys(pair.schema for pair in asked)
    return [pair for schema in schemas for pair in [p for p in asked if p.schema == schema][: 5 if quick else None]]


def _percent(outcomes: Sequence[Outcome], count: int) -> float:
    return 100 * count / len(outcomes)


if __name__ == "__main__":
    main()
