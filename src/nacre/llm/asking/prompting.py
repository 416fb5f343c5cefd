"""The words that a model is asked with for SQL, and the form of its answer."""

from collections.abc import Sequence

from nacre.engines.models.provider import Message
from nacre.llm.asking.memory import Learned
from nacre.llm.asking.schema import Table
from nacre.llm.sets.data import marked

ANSWER = {
    "type": "object",
    "properties": {
        "sql": {"type": ["string", "null"], "description": "One SELECT statement, or null."},
        "explanation": {"type": "string", "description": "What it counts or lists, in one or two sentences."},
        "clarify": {"type": ["string", "null"], "description": "A question back, only if the meaning is open."},
    },
    "required": ["sql", "explanation", "clarify"],
    "additionalProperties": False,
}

_SYSTEM = """You write SQL for PostgreSQL {version}. Answer a question about a database with one statement that reads.

- Use the tables and columns that are described, and no others. Qualify columns where tables are joined.
- Give the columns that are asked for and no more; name computed ones. Order and limit only where the question does.
- Compare text as the values shown are written. Use functions of PostgreSQL itself.
- In `explanation` say in the language of the question what the statement gives, so that a person can judge it.
- If the question can mean different things that give different answers, and nothing tells which, set `sql` to null
  and ask in `clarify`, in the language of the question. Otherwise `clarify` is null. Do not ask about what is usual.
- If the tables cannot answer it, set `sql` to null and say in `clarify` what is missing.

{rule}"""


def question(version: int, tables: Sequence[Table], learned: Sequence[Learned], asked: str) -> tuple[Message, ...]:
    """What is asked first. All that comes from the database is marked as data."""
    examples = [f"Question: {each.said}\nSQL: {each.sql}" for each in learned if each.sql is not None]
    facts = [each.said for each in learned if each.sql is None]
    parts = ["\n\n".join(table.described() for table in tables)]
    if facts:
        parts.append("Facts about the data:\n" + "\n".join(f"- {fact}" for fact in facts))
    if examples:
        parts.append("Questions that were answered right:\n\n" + "\n\n".join(examples))
    rule, data = marked(parts)
    return (
        Message("system", _SYSTEM.format(version=version, rule=rule)),
        Message("user", f"The database:\n{data}\n\nThe question: {asked}"),
    )


def again(sql: str, wrong: str) -> tuple[Message, ...]:
    """What is asked when a statement is refused or fails."""
    return (
        Message("assistant", sql),
        Message("user", f"That statement does not work: {wrong}\nAnswer again, in the same form, with it mended."),
    )
