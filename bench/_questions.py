"""Questions whose answers are known: those in bench/questions, of BIRD Mini-Dev, and answers that were recorded."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import sqlglot
from tests.provider import Asked

from nacre.surfaces.cli.psql import psql_program

FOLDER = Path(__file__).parent / "questions"
SCHEMAS = ("shop", "clinic")
"""Those whose rows are brought along."""

_OF_THE_SERVER = re.compile(r"^(DROP DATABASE|CREATE DATABASE|\\c ).*$", re.MULTILINE)
Answers = Mapping[str, Sequence[Mapping[str, Any]]]
"""By question, the answers that a model is to give: the first, and those after each objection."""


@dataclass(frozen=True)
class Pair:
    """`sql` answers `question`, and was written by a person; `schema` is what its figure is told under.

    `gives` are its rows on the day that somebody looked at them. `once`: a row that is given twice counts once and
    order never, as BIRD counts.
    """

    schema: str
    question: str
    sql: str
    gives: list[list[Any]] | None = None
    once: bool = False

    @property
    def ordered(self) -> bool:
        """Whether the order of rows is a part of the answer: only where the SQL itself, not a part of it, orders."""
        return not self.once and sqlglot.parse_one(self.sql, read="postgres").args.get("order") is not None


@dataclass(frozen=True)
class Source:
    """Questions about one database, which `load` fills, by a connection string of its owner."""

    name: str
    pairs: list[Pair]
    load: Callable[[str], None]


def own() -> Source:
    return Source("own", [pair for schema in SCHEMAS for pair in pairs(schema)], _load_own)


def chinook(script: Path) -> Source:
    """Chinook, version 1.4.5 for PostgreSQL. (https://github.com/lerocha/chinook-database)"""
    text = _OF_THE_SERVER.sub("", script.read_text(encoding="utf-8-sig"))
    return Source("chinook", pairs("chinook"), lambda url: _execute(url, text))


def bird(folder: Path) -> Source:
    """BIRD Mini-Dev for PostgreSQL, wherever its files lie in the folder. (https://github.com/bird-bench/mini_dev)

    What experts add to a question stands behind it.
    """
    dump = _found(folder, "BIRD_dev.sql")
    return Source("bird", bird_pairs(folder), lambda url: _restore(url, dump))


def bird_pairs(folder: Path) -> list[Pair]:
    told = json.loads(_found(folder, "mini_dev_postgresql.json").read_text())
    return [
        Pair(
            each["db_id"],
            f"{each['question']}\n{each['evidence']}".strip(),
            each["SQL"].strip().rstrip(";"),
            once=True,
        )
        for each in told
    ]


def pairs(schema: str) -> list[Pair]:
    return [Pair(schema, **line) for line in _lines(FOLDER / schema / "pairs.jsonl")]


def definition(schema: str) -> str:
    """SQL that makes a schema and its rows."""
    return (FOLDER / schema / "schema.sql").read_text()


def recorded() -> Answers:
    """Those that were written by hand, for the pairs in bench/questions."""
    return {q: answers for schema in (*SCHEMAS, "chinook") for q, answers in read_answers(_by_hand(schema)).items()}


def read_answers(file: Path) -> Answers:
    return {line["question"]: line["answers"] for line in _lines(file)}


def write_answers(file: Path, answers: Iterable[tuple[str, str | None]]) -> None:
    """Keep the SQL that was told for each question; None where the model asked back."""
    lines = [
        {"question": question, "answers": [{"sql": sql, "explanation": "", "clarify": None if sql else "Recorded so."}]}
        for question, sql in answers
    ]
    file.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines))


def answering(answers: Answers) -> Callable[[Asked], Any]:
    """Answers a prompt of the pipeline's as recorded, the last one again and again; asks back where nothing was."""

    def answer(asked: Asked) -> Any:
        said = [str(message["content"]) for message in asked.body["messages"]]
        question = next((q for q in answers if any(text.endswith(f"The question: {q}") for text in said)), None)
        if question is None:
            return {"sql": None, "explanation": "", "clarify": "No answer was recorded."}
        objections = sum("That statement does not work" in text for text in said[2:])
        return answers[question][min(objections, len(answers[question]) - 1)]

    return answer


def _load_own(url: str) -> None:
    for schema in SCHEMAS:
        _execute(url, definition(schema))


def _execute(url: str, script: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script.encode())
        connection.execute("ANALYZE")


def _restore(url: str, dump: Path) -> None:
    """It names owners that are nobody here; what psql says of that is no matter, what is missing will be told."""
    argv = [psql_program(os.environ), "-X", "-q", "-f", str(dump), url]
    subprocess.run(argv, capture_output=True, check=True)
    _execute(url, "")


def _found(folder: Path, name: str) -> Path:
    found = next(iter(sorted(folder.rglob(name))), None)
    if found is None:
        raise SystemExit(f"There is no {name} in {folder}: unpack BIRD Mini-Dev there, in its flavour for PostgreSQL.")
    return found


def _by_hand(schema: str) -> Path:
    return FOLDER / schema / "recorded.jsonl"


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]
