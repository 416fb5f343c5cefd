"""Filters: what they let pass is what they say, and what cannot be meant is refused."""

import json
from typing import Any

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput
from nacre.knowledge.filters import conditions_of, meets
from nacre.knowledge.on_sqlite.conditions import where

DOCUMENT: dict[str, Any] = {
    "lang": "en",
    "year": 2020,
    "draft": False,
    "a b": {"c": 1},
    "price": 1.5,
    "c\\": 1,
    "n\0": 1,
}


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        ({}, True),
        ({"lang": "en"}, True), ({"lang": "de"}, False), ({"lang": ["de", "en"]}, True), ({"lang": []}, False),
        ({"year": {"gte": 2020}}, True), ({"year": {"gt": 2020}}, False), ({"year": {"gte": 2000, "lt": 2020}}, False),
        ({"draft": False}, True), ({"draft": True}, False), ({"absent": None}, True), ({"lang": None}, False),
        ({"lang": {"ne": "de"}}, True), ({"absent": {"ne": "de"}}, True), ({"price": 1.5, "lang": "en"}, True),
        ({"c\\": 1}, True), ({"n\0": 1}, True), ({"\\u0063": 1}, False), ({"draft\\": None}, True),
        ({"a b": "x' OR 1=1 --"}, False), ({"' OR 1=1 --": 1}, False),
    ],
)  # fmt: skip
def test_a_document_passes_when_all_of_it_holds(wanted: dict[str, Any], passes: bool) -> None:
    database = apsw.Connection(":memory:")
    database.execute("CREATE TABLE knowledge_document (metadata TEXT)")
    database.execute("INSERT INTO knowledge_document VALUES (?)", (json.dumps(DOCUMENT),))
    met = where(conditions_of(wanted))
    statement = f"SELECT count(*) FROM knowledge_document d WHERE {met.sql}"
    assert bool(database.execute(statement, met.values).get) == passes
    assert meets(DOCUMENT, conditions_of(wanted)) == passes


SCALARS = st.one_of(st.sampled_from(["", "a", "b", "10", "é"]), st.integers(-3, 3), st.booleans(), st.just(1.5))
VALUES = st.one_of(st.none(), SCALARS, st.lists(SCALARS, max_size=2))
WANTED = st.one_of(
    st.none(),
    SCALARS,
    st.lists(SCALARS, max_size=3),
    st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte", "ne"]), SCALARS, min_size=1, max_size=2),
)


@given(metadata=st.dictionaries(st.sampled_from("kl"), VALUES), wanted=st.dictionaries(st.sampled_from("kl"), WANTED))
def test_a_single_document_is_judged_as_the_database_does(metadata: dict[str, Any], wanted: dict[str, Any]) -> None:
    met = where(conditions_of(wanted))
    written = json.dumps(metadata, ensure_ascii=False)
    statement = f"SELECT count(*) FROM (SELECT ? AS metadata) d WHERE {met.sql}"
    passes = apsw.Connection(":memory:").execute(statement, (written, *met.values)).get
    assert meets(metadata, conditions_of(wanted)) == bool(passes)


@pytest.mark.parametrize(
    "wanted",
    [
        {"price": float("nan")}, {"price": {"lt": float("inf")}}, {"price": [float("-inf")]},
        {"year": {"like": "2%"}}, {"year": {}}, {"year": {"gt": [1]}}, {"lang": [["en"]]}, {"lang": [None]},
        {'a"b': 1}, {"": 1}, {"year": 1 << 70}, {f"key{number}": 1 for number in range(30)},
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        conditions_of(wanted)
    assert caught.value.code == "bad-filter"
