"""Filters: what documents must have in their metadata.

{"lang": "en"} wants that value, {"lang": ["en", "de"]} one of these, {"year": {"gte": 2020, "lt": 2024}} a range,
{"draft": null} that there is none. Several keys must all hold.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import JsonValue

from nacre.core.errors import InvalidInput

Scalar = str | int | float
Comparison = Literal["gt", "gte", "lt", "lte", "ne"]
_COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
_MOST_KEYS = 20


@dataclass(frozen=True)
class Condition:
    """On the value of one key; as to `how`: any of several values is wanted ("in"), or none at all ("absent"), or it
    compares with `value`.

    True and false are 1 and 0, and numbers are less than texts; a list or an object is the text that JSON writes it as.
    """

    key: str
    how: Literal["eq", "in", "absent"] | Comparison
    value: Scalar | tuple[Scalar, ...] | None = None


def conditions_of(wanted: Mapping[str, JsonValue]) -> list[Condition]:
    """All of them must hold. Raises InvalidInput "bad-filter"."""
    if len(wanted) > _MOST_KEYS:
        raise _bad(f"it has {len(wanted)} keys, and may have {_MOST_KEYS}")
    return [condition for key, value in wanted.items() for condition in _conditions(key, value)]


def meets(metadata: Mapping[str, JsonValue], conditions: Sequence[Condition]) -> bool:
    """Whether a document of this metadata is let pass: what each database does in its own way, for a single one."""
    return all(_holds(_comparable(metadata.get(each.key)), each) for each in conditions)


def _holds(value: Scalar | None, condition: Condition) -> bool:
    match condition.how, condition.value:
        case "absent", _:
            return value is None
        case "in", tuple(chosen):
            return value in chosen
        case "ne", wanted:
            return value != wanted
    wanted = condition.value
    if value is None or wanted is None or isinstance(wanted, tuple):
        return False
    ours, theirs = _ordered(value), _ordered(wanted)
    return {
        "eq": ours == theirs, "gt": ours > theirs, "gte": ours >= theirs, "lt": ours < theirs, "lte": ours <= theirs,
    }[condition.how]  # fmt: skip


def _comparable(value: JsonValue) -> Scalar | None:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


def _ordered(value: Scalar) -> tuple[bool, float, str]:
    """Numbers before texts."""
    return (True, 0, value) if isinstance(value, str) else (False, value, "")


def _conditions(key: str, value: JsonValue) -> list[Condition]:
    if '"' in key or not key:
        raise _bad(f"“{key}” cannot be a key")
    match value:
        case None:
            return [Condition(key, "absent")]
        case dict():
            return _compared(key, value)
        case list():
            return [Condition(key, "in", tuple(_scalar(key, one) for one in value))]
    return [Condition(key, "eq", _scalar(key, value))]


def _compared(key: str, wanted: Mapping[str, JsonValue]) -> list[Condition]:
    unknown = wanted.keys() - set(_COMPARISONS)
    if unknown or not wanted:
        raise _bad(f"“{key}” compares by {', '.join(sorted(unknown)) or 'nothing'}", by=True)
    return [Condition(key, how, _scalar(key, wanted[how])) for how in _COMPARISONS if how in wanted]


def _scalar(key: str, value: JsonValue) -> Scalar:
    if value is None or isinstance(value, dict | list):
        raise _bad(f"“{key}” is compared with {json.dumps(value, ensure_ascii=False)[:100]}")
    if isinstance(value, float) and not math.isfinite(value):
        raise _bad(f"“{key}” is compared with {value}, which no metadata holds")
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise _bad(f"“{key}” is compared with a number that is too large")
    return value


def _bad(what: str, *, by: bool = False) -> InvalidInput:
    known = ", ".join(_COMPARISONS)
    hint = f"Comparisons are {known}." if by else 'Write it like {"lang": "en", "year": {"gte": 2020}}.'
    return InvalidInput("bad-filter", f"The filter cannot be used: {what}.", hint=hint)
