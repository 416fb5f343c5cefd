"""Filters mean the same on either database, whatever the metadata holds."""

import json
import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.knowledge.conftest import ANN, Library

from nacre.knowledge.preparing import New

VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2.5, 1e300, -1e-9, 2**53, "", "1", "en", "En", "é", "数据", "true", "null", "%s",
    "a\u0001b", "x' OR 1=1 --", [], [1, 2], ["en", "de"], {}, {"a": {"b": "c"}}, "[1,2]",
    '["en","de"]', '{"a":{"b":"c"}}',
]  # fmt: skip
KEYS = ["lang", "a b", "数", "k'", "%s", "?", "$.x"]
SCALARS = st.sampled_from([value for value in VALUES if isinstance(value, str | int | float)])
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le, "ne": operator.ne,
}  # fmt: skip
FILTERS = st.dictionaries(
    st.sampled_from(KEYS),
    st.one_of(
        st.none(), SCALARS, st.lists(SCALARS, max_size=3),
        st.dictionaries(st.sampled_from(list(COMPARISONS)), SCALARS, min_size=1, max_size=2),
    ),
    max_size=2,
)  # fmt: skip

# Every value under one key, and each with another one under the others.
DOCUMENTS: list[dict[str, Any]] = [
    {"lang": value, **{key: VALUES[(number * 7 + at) % len(VALUES)] for at, key in enumerate(KEYS[1:])}}
    for number, value in enumerate(VALUES)
] + [{}]


@pytest.fixture(scope="module")
def shelf(library: Library) -> Library:
    library.make("shelf", dimension=1)
    news = [New(f"{number}", "x", metadata, [1.0]) for number, metadata in enumerate(DOCUMENTS)]
    library.adding.add(ANN, "shelf", news)
    return library


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=FILTERS)
def test_what_passes_is_what_a_filter_says(shelf: Library, wanted: dict[str, Any]) -> None:
    found = shelf.search("shelf", "x", vector=[1.0], top_k=1000, filter=wanted).records
    expected = {number for number, metadata in enumerate(DOCUMENTS) if passes(metadata, wanted)}
    assert {int(one.document) for one in found} == expected
    assert all(one.metadata == DOCUMENTS[int(one.document)] for one in found)


def passes(metadata: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(holds(ordered(metadata.get(key)), condition) for key, condition in wanted.items())


def holds(value: tuple[int, Any] | None, condition: Any) -> bool:
    match condition:
        case None:
            return value is None
        case dict():
            return all(compares(value, how, ordered(than)) for how, than in condition.items())
        case list():
            return value is not None and value in [ordered(one) for one in condition]
    return value is not None and value == ordered(condition)


def compares(value: tuple[int, Any] | None, how: str, than: tuple[int, Any] | None) -> bool:
    return how == "ne" if value is None else COMPARISONS[how](value, than)


def ordered(value: Any) -> tuple[int, Any] | None:
    """True and false are numbers, numbers are less than texts, and lists and objects are texts."""
    if value is None:
        return None
    if isinstance(value, int | float):
        return 0, value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return 1, text.encode()
