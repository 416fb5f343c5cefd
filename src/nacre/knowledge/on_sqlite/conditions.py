"""The conditions of a filter as SQL over knowledge_document named d."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from nacre.knowledge.filters import Condition, Scalar

_OPERATORS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "ne": "IS NOT"}


@dataclass(frozen=True)
class Where:
    """`sql` has a question mark for each of `values`."""

    sql: str
    values: tuple[Scalar | None, ...]


def where(conditions: Sequence[Condition]) -> Where:
    parts = [_part(condition) for condition in conditions]
    values = tuple(value for part in parts for value in part.values)
    return Where(" AND ".join(part.sql for part in parts) or "true", values)


def _part(condition: Condition) -> Where:
    path = f"$.{json.dumps(condition.key, ensure_ascii=False)}"
    match condition.how, condition.value:
        case "absent", _:
            return Where("json_extract(d.metadata, ?) IS NULL", (path,))
        case "in", tuple(chosen):
            return Where("json_extract(d.metadata, ?) IN (SELECT value FROM json_each(?))", (path, json.dumps(chosen)))
        case how, value:
            assert not isinstance(value, tuple)
            return Where(f"json_extract(d.metadata, ?) {_OPERATORS[how]} ?", (path, value))
