"""Which index would make a statement cheaper: guessed from its plan, and tried without making it where hypopg is there.

hypopg (https://hypopg.readthedocs.io) lets the planner believe, within one session, that an index exists.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from nacre.core.operations import Answer
from nacre.queries.names import TableName
from nacre.queries.statements.plans import Plan, Step, generic, prepare

_MOST_TRIED = 12
_WORTH = 0.9
_LEAST_COST = 100.0
_WIDEST = 3
_OF_CONDITIONS = ("Filter", "Recheck Cond", "Index Cond", "Hash Cond", "Merge Cond", "Join Filter")
_COLUMNS = """
SELECT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'm', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND EXISTS (SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
              WHERE m.amname = 'btree' AND o.opcdefault AND o.opcintype = a.atttypid
              OR a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype))
"""
_HYPOPG = """
SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'
"""


class IndexAdvice(Answer):
    """`statement` makes the index. Where it was `tried`, `cost` is what the plan would cost with it; else None."""

    statement: str
    table: str
    columns: list[str]
    tried: bool
    cost: float | None
    size_bytes: int | None
    why: str


class Advice(Answer):
    """`cost` is what the statement costs now, by the planner. The best first; `note` says what else there is to say."""

    cost: float
    hypopg: bool
    indexes: list[IndexAdvice]
    note: str


@dataclass(frozen=True)
class Candidate:
    table: TableName
    columns: tuple[str, ...]
    why: str

    @property
    def statement(self) -> Composed:
        columns = SQL(", ").join(map(Identifier, self.columns))
        return SQL("CREATE INDEX ON {} ({})").format(self.table.sql, columns)


def advise(connection: Connection[Any], text: str) -> Advice:
    """For a statement as Postgres counts it, with $1 for values. Raises InvalidInput "sql-error", "no-plan"."""
    plan = generic(connection, prepare(connection, text))
    candidates = list(_candidates(connection, plan))[:_MOST_TRIED]
    row = connection.execute(_HYPOPG).fetchone()
    if row is None:
        found = [_told(connection, one, tried=False, cost=None, size_bytes=None) for one in candidates]
        note = "These are guesses: with the extension hypopg each would be tried on the planner first." if found else ""
        return Advice(cost=plan.cost, hypopg=False, indexes=found[:_WIDEST], note=note or _NOTHING)
    tried = [_tried(connection, text, one, row[0]) for one in candidates]
    found = sorted(
        (one for one in tried if one.cost is not None and one.cost < _WORTH * plan.cost), key=lambda one: one.cost or 0
    )
    return Advice(cost=plan.cost, hypopg=True, indexes=found, note="" if found else _NOTHING)


_NOTHING = "No index that is known here would make it much cheaper."


def _candidates(connection: Connection[Any], plan: Plan) -> Iterator[Candidate]:
    """For each table that is read whole or sifted much: its columns that conditions name, singly and together."""
    if plan.cost < _LEAST_COST:
        return
    steps = list(_all(plan.step))
    conditions = [text for step in steps for name, text in step.conditions.items() if name in _OF_CONDITIONS]
    seen = set[tuple[str, tuple[str, ...]]]()
    for step in steps:
        if step.kind not in ("Seq Scan", "Parallel Seq Scan", "Bitmap Heap Scan", "Index Scan") or not step.relation:
            continue
        schema, _, name = step.relation.partition(".")
        columns = [row[0] for row in connection.execute(_COLUMNS, (schema, name))]
        alias = step.alias or name
        equal, ranged = _named(alias, columns, [text for text in conditions if _speaks_of(alias, text)])
        for group, why in _groups(equal, ranged):
            if (step.relation, group) not in seen:
                seen.add((step.relation, group))
                yield Candidate(TableName(schema, name), group, why)


def _groups(equal: Sequence[str], ranged: Sequence[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Those that must be equal to something come first in an index that several share."""
    together = (*equal, *(one for one in ranged if one not in equal))[:_WIDEST]
    if len(together) > 1:
        yield together, f"conditions on {', '.join(together)} together"
    for one in together:
        yield (one,), f"a condition on {one}"


def _named(alias: str, columns: Sequence[str], conditions: Sequence[str]) -> tuple[list[str], list[str]]:
    """The columns that conditions compare for being equal, and those that they compare otherwise."""
    equal: list[str] = []
    ranged: list[str] = []
    for column in columns:
        place = _place(alias, column)
        one = rf"\(*{place}\)*(?:::[\w ]+)?"
        if any(re.search(rf"{one} = |= {one}(?:\W|$)", text) for text in conditions):
            equal.append(column)
        elif any(re.search(rf"{one} (?:<|>|<=|>=) |(?:<|>|<=|>=) {one}(?:\W|$)", text) for text in conditions):
            ranged.append(column)
    return equal, ranged


def _speaks_of(alias: str, text: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(_quoted(alias))}\.", text) is not None


def _place(alias: str, column: str) -> str:
    return rf"(?<![\w.\"]){re.escape(_quoted(alias))}\.{re.escape(_quoted(column))}(?![\w\"])"


def _quoted(name: str) -> str:
    """As EXPLAIN writes it, but for keywords."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'


def _all(step: Step) -> Iterator[Step]:
    yield step
    for each in step.steps:
        yield from _all(each)


def _tried(connection: Connection[Any], text: str, candidate: Candidate, schema: str) -> IndexAdvice:
    """What the statement costs with the index; it is forgotten at once."""
    functions = {name: Identifier(schema, f"hypopg_{name}") for name in ("create_index", "relation_size", "reset")}
    made = connection.execute(
        SQL("SELECT indexrelid FROM {}(%s)").format(functions["create_index"]),
        [candidate.statement.as_string(connection)],
    ).fetchone()
    assert made is not None
    size = connection.execute(SQL("SELECT {}(%s)").format(functions["relation_size"]), [made[0]]).fetchone()
    plan = generic(connection, prepare(connection, text))
    connection.execute(SQL("SELECT {}()").format(functions["reset"]))
    return _told(connection, candidate, tried=True, cost=plan.cost, size_bytes=None if size is None else int(size[0]))


def _told(
    connection: Connection[Any], candidate: Candidate, *, tried: bool, cost: float | None, size_bytes: int | None
) -> IndexAdvice:
    return IndexAdvice(
        statement=candidate.statement.as_string(connection),
        table=str(candidate.table),
        columns=list(candidate.columns),
        tried=tried,
        cost=cost,
        size_bytes=size_bytes,
        why=candidate.why,
    )
