"""Filters: what documents must have in their metadata, as SQL over knowledge_document named d.

{"lang": "en"} wants that value, {"lang": ["en", "de"]} one of these, {"year": {"gte": 2020, "lt": 2024}} a range,
{"draft": null} that there is none. Several keys must all hold.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from nacre.core.errors import InvalidInput

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "ne": "IS NOT"}
_MOST_KEYS = 20


@dataclass(frozen=True)
class Conditions:
    """`sql` has a question mark for each of `values`."""

    sql: str = ""
    values: tuple[str | int | float | None, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sql)


def conditions_of(wanted: Mapping[str, JsonValue]) -> Conditions:
    """Raises InvalidInput "bad-filter"."""
    if len(wanted) > _MOST_KEYS:
        raise _bad(f"it has {len(wanted)} keys, and may have {_MOST_KEYS}")
    parts = [_condition(key, value) for key, value in wanted.items()]
    values = tuple(value for part in parts for value in part.values)
    return Conditions(" AND ".join(part.sql for part in parts), values)


def _condition(key: str, value: JsonValue) -> Conditions:
    path = _path(key)
    match value:
        case None:
            return Conditions("json_extract(d.metadata, ?) IS NULL", (path,))
        case dict():
            return _compared(key, path, value)
        case list():
            chosen = [_scalar(key, one) for one in value]
            return Conditions(
                "json_extract(d.metadata, ?) IN (SELECT value FROM json_each(?))", (path, json.dumps(chosen))
            )
    return Conditions("json_extract(d.metadata, ?) = ?", (path, _scalar(key, value)))


def _compared(key: str, path: str, wanted: Mapping[str, JsonValue]) -> Conditions:
    unknown = wanted.keys() - _COMPARISONS.keys()
    if unknown or not wanted:
        raise _bad(f"“{key}” compares by {', '.join(sorted(unknown)) or 'nothing'}", by=True)
    sql = " AND ".join(f"json_extract(d.metadata, ?) {_COMPARISONS[how]} ?" for how in wanted)
    return Conditions(sql, tuple(each for value in wanted.values() for each in (path, _scalar(key, value))))


def _scalar(key: str, value: JsonValue) -> str | int | float:
    """JSON's true and false are 1 and 0 to SQLite."""
    if value is None or isinstance(value, dict | list):
        raise _bad(f"“{key}” is compared with {json.dumps(value, ensure_ascii=False)[:100]}")
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise _bad(f"“{key}” is compared with a number that is too large")
    return value


def _path(key: str) -> str:
    if '"' in key or not key:
        raise _bad(f"“{key}” cannot be a key")
    return f'$."{key}"'


def _bad(what: str, *, by: bool = False) -> InvalidInput:
    known = ", ".join(_COMPARISONS)
    hint = f"Comparisons are {known}." if by else 'Write it like {"lang": "en", "year": {"gte": 2020}}.'
    return InvalidInput("bad-filter", f"The filter cannot be used: {what}.", hint=hint)
