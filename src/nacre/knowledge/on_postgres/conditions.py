"""The conditions of a filter as SQL over knowledge_document named d, with the meaning that filters.py gives them.

PostgreSQL compares numbers with numbers alone, so each value is asked for twice: as a number, and as a text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from nacre.knowledge.filters import Condition, Scalar
from nacre.knowledge.on_postgres.driver import storable

_OPERATORS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "ne": "IS DISTINCT FROM"}
_TYPE = "json_typeof(d.metadata -> %s)"
_NUMBER = (
    f"(CASE {_TYPE} WHEN 'number' THEN (d.metadata ->> %s)::numeric "
    "WHEN 'boolean' THEN (d.metadata ->> %s)::boolean::integer END)"
)
_TEXT = f"""(CASE WHEN {_TYPE} IN ('string', 'object', 'array') THEN d.metadata ->> %s END COLLATE "C")"""


@dataclass(frozen=True)
class Where:
    """`sql` has a mark (%s) for each of `values`."""

    sql: str
    values: tuple[object, ...]


def where(conditions: Sequence[Condition]) -> Where:
    parts = [_part(condition) for condition in conditions]
    values = tuple(value for part in parts for value in part.values)
    return Where(" AND ".join(part.sql for part in parts) or "true", values)


def _part(condition: Condition) -> Where:
    key = storable(condition.key)
    number, text = Where(_NUMBER, (key,) * 3), Where(_TEXT, (key,) * 2)
    match condition.how, condition.value:
        case "absent", _:
            return Where(f"coalesce({_TYPE}, 'null') = 'null'", (key,))
        case "in", tuple(chosen):
            numbers = [_number(each) for each in chosen if not isinstance(each, str)]
            texts = [storable(each) for each in chosen if isinstance(each, str)]
            return Where(
                f"({number.sql} = ANY(%s::numeric[]) OR {text.sql} = ANY(%s::text[]))",
                (*number.values, numbers, *text.values, texts),
            )
        case how, str(value):
            return _compared(text, how, "%s::text", storable(value), beyond=number if how in ("lt", "lte") else None)
        case how, int(value) | float(value):
            beyond = text if how in ("gt", "gte") else None
            return _compared(number, how, "%s::numeric", _number(value), beyond=beyond)
    raise AssertionError(condition)


def _compared(own: Where, how: str, mark: str, value: object, beyond: Where | None) -> Where:
    """`beyond` are the values of the other kind, where all of them are on the side that is wanted."""
    sql, values = f"{own.sql} {_OPERATORS[how]} {mark}", (*own.values, value)
    if beyond is None:
        return Where(sql, values)
    return Where(f"({sql} OR {beyond.sql} IS NOT NULL)", (*values, *beyond.values))


def _number(value: Scalar) -> Decimal:
    """As JSON writes it, so that it equals what was written."""
    return Decimal(int(value) if isinstance(value, bool) else repr(value))
