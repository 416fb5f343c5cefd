"""Which rows, and in which order, as people write it (`age >= 18`, `-created_at`), and the SQL of it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg.sql import SQL, Composable, Identifier, Literal

from nacre.core.errors import InvalidInput

OPERATORS = {
    "=": "=", "!=": "<>", "<>": "<>", "<=": "<=", ">=": ">=", "<": "<", ">": ">",
    "like": "LIKE", "ilike": "ILIKE", "contains": "ILIKE", "starts": "LIKE", "in": "IN",
    "is null": "IS NULL", "is not null": "IS NOT NULL",
}  # fmt: skip
ALIAS = "t"
_WORDS = ("is not null", "is null", "contains", "starts", "ilike", "like", "in")
_SIGNS = ("<=", ">=", "!=", "<>", "=", "<", ">")
_COLUMN = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([^\s"<>=!]+))')
_OPERATOR = re.compile(
    r"\s*(?:(?P<sign>" + "|".join(map(re.escape, _SIGNS)) + r")\s?"
    r"|(?P<word>" + "|".join(word.replace(" ", r"\s+") for word in _WORDS) + r")(?:\s|$))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Condition:
    """`operator` is one of OPERATORS; `value` is the text compared with, None for those that take none."""

    column: str
    operator: str
    value: str | None


@dataclass(frozen=True)
class Order:
    column: str
    descending: bool = False


def parse_condition(text: str) -> Condition:
    """Read COLUMN OPERATOR [VALUE]. The value is the rest as it stands; for `in` a list with commas, or JSON.

    Raises InvalidInput "bad-condition".
    """
    column = _COLUMN.match(text)
    operator = _OPERATOR.match(text, column.end()) if column else None
    if column is None or operator is None or "\0" in text:
        raise _unreadable(text)
    name = column[1].replace('""', '"') if column[1] is not None else column[2]
    word = " ".join((operator["sign"] or operator["word"]).lower().split())
    rest = text[operator.end() :]
    if word in ("is null", "is not null"):
        if rest.strip():
            raise _unreadable(text)
        return Condition(name, word, None)
    return Condition(name, word, rest)


def parse_order(text: str) -> Order:
    """`name` for rising, `-name` for falling."""
    name = text.removeprefix("-")
    if not name or "\0" in name:
        raise InvalidInput("bad-order", f"“{text:.100}” is no order.", hint="Write a column, or -column for falling.")
    return Order(name, text.startswith("-"))


def where(conditions: Sequence[Condition], types: Mapping[str, str]) -> Composable:
    """` WHERE …` for all of the conditions, or nothing. `types` are the table's columns with their SQL types.

    Raises InvalidInput "column-not-found".
    """
    parts = [_test(require_column(condition.column, types), condition) for condition in conditions]
    return SQL(" WHERE ") + SQL(" AND ").join(parts) if parts else SQL("")


def order_by(orders: Sequence[Order]) -> Composable:
    """` ORDER BY …` columns of the table that the statement calls ALIAS, or nothing."""
    if not orders:
        return SQL("")
    return SQL(" ORDER BY ") + SQL(", ").join(
        Identifier(ALIAS, order.column) + SQL(" DESC" if order.descending else "") for order in orders
    )


def require_column(name: str, columns: Mapping[str, str]) -> str:
    """The column's name if the table has it; raises InvalidInput "column-not-found"."""
    if name not in columns:
        raise InvalidInput(
            "column-not-found",
            f"The table has no column “{name:.100}”.",
            hint=f"It has: {', '.join(list(columns)[:50])}.",
        )
    return name


def _test(column: str, condition: Condition) -> Composable:
    name, value = Identifier(column), condition.value or ""
    match condition.operator:
        case "is null" | "is not null":
            return name + SQL(f" {OPERATORS[condition.operator]}")
        case "in":
            return name + SQL(" IN (") + SQL(", ").join(map(Literal, _members(value))) + SQL(")")
        case "contains":
            return name + SQL("::text ILIKE ") + Literal(f"%{_plain(value)}%")
        case "starts":
            return name + SQL("::text LIKE ") + Literal(f"{_plain(value)}%")
        case "like" | "ilike":
            return name + SQL(f"::text {OPERATORS[condition.operator]} ") + Literal(value)
        case sign:
            return name + SQL(f" {OPERATORS[sign]} ") + Literal(value)


def _members(value: str) -> list[str]:
    if value.strip().startswith("["):
        try:
            found = json.loads(value)
        except ValueError as error:
            raise InvalidInput("bad-condition", f"“{value:.100}” is no JSON list: {error}.") from None
        members = [part if isinstance(part, str) else json.dumps(part) for part in found]
    else:
        members = [part.strip() for part in value.split(",") if part.strip()]
    if not members:
        raise InvalidInput("bad-condition", "“in” needs at least one value.", hint="Write: colour in red, blue")
    return members


def _plain(value: str) -> str:
    """`value` with what LIKE gives a meaning to taken literally."""
    return re.sub(r"([\\%_])", r"\\\1", value)


def _unreadable(text: str) -> InvalidInput:
    return InvalidInput(
        "bad-condition",
        f"“{text:.100}” is no condition.",
        hint=f"Write a column, one of {', '.join(OPERATORS)}, and a value: age >= 18; name contains ann; paid is null.",
    )
