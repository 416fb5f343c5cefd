"""Questions whose answers are known: those in bench/questions, of BIRD Mini-Dev, and answers that were recorded."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
from tests.provider import Asked

FOLDER = Path(__file__).parent / "questions"
SCHEMAS = ("shop", "clinic")


@dataclass(frozen=True)
class Pair:
    """`sql` answers `question`, and was written by a person; `schema` is what its figure is told under."""

    schema: str
    question: str
    sql: str

    @property
    def ordered(self) -> bool:
        """Whether the order of rows is a part of the answer: only where the SQL itself, not a part of it, orders."""
        return sqlglot.parse_one(self.sql, read="postgres").args.get("order") is not None


def pairs(schema: str) -> list[Pair]:
    return [Pair(schema, line["question"], line["sql"]) for line in _lines(schema, "pairs")]


def definition(schema: str) -> str:
    """SQL that makes a schema and its rows."""
    return (FOLDER / schema / "schema.sql").read_text()


def recorded() -> dict[str, list[dict[str, Any]]]:
    """By question, the answers that a model is to give: the first, and those after each objection."""
    return {line["question"]: line["answers"] for schema in SCHEMAS for line in _lines(schema, "recorded")}


def answering(answers: dict[str, list[dict[str, Any]]]) -> Callable[[Asked], Any]:
    """Answers a prompt of the pipeline's as recorded, the last one again and again."""

    def answer(asked: Asked) -> Any:
        said = [message["content"] for message in asked.body["messages"]]
        question = next(each for each in answers if f"The question: {each}" in asked.prompt)
        objections = sum("That statement does not work" in text for text in said[2:])
        return answers[question][min(objections, len(answers[question]) - 1)]

    return answer


def bird(folder: Path) -> list[Pair]:
    """BIRD Mini-Dev as it is unpacked: mini_dev_postgresql.json, with what experts add to a question behind it."""
    found = next(iter(sorted(folder.rglob("mini_dev_postgresql.json"))), None)
    if found is None:
        raise SystemExit(f"There is no mini_dev_postgresql.json in {folder}: unpack BIRD Mini-Dev there.")
    return [
        Pair(each["db_id"], f"{each['question']}\n{each['evidence']}".strip(), each["SQL"].strip().rstrip(";"))
        for each in json.loads(found.read_text())
    ]


def _lines(schema: str, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / schema / f"{name}.jsonl").read_text().splitlines()]
