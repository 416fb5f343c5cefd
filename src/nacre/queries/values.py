"""From a value as JSON carries it to SQL: each is cast to its column's type, and Postgres judges whether it fits."""

import json
from typing import Any

from psycopg.sql import SQL, Composable, Literal


def to_sql(value: Any, type_: str) -> Composable:
    """The SQL of one value. `type_` is the column's type as format_type writes it; bytea takes base64."""
    if value is None:
        return SQL("NULL")
    cast = SQL("::" + type_)  # out of Postgres's own catalog, quoted by it
    if type_ == "bytea":
        return SQL("decode({}, 'base64')").format(Literal(_text(value)))
    if type_ in ("json", "jsonb"):
        return Literal(json.dumps(value, ensure_ascii=False)) + cast
    if isinstance(value, list):
        return Literal(_array(value)) + cast
    return Literal(_text(value)) + cast


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _array(value: list[Any]) -> str:
    """An array literal: every element in double quotes, whatever it holds."""
    return "{" + ",".join(_element(part) for part in value) + "}"


def _element(part: Any) -> str:
    if part is None:
        return "NULL"
    if isinstance(part, list):
        return _array(part)
    return '"' + _text(part).replace("\\", "\\\\").replace('"', '\\"') + '"'
