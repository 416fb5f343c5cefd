"""Whatever is sent over HTTP, in place of what was meant: a precise refusal, never a failure of ours."""

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.daemon import House
from tests.integration.refusals.conftest import OPERATIONS

from nacre.core.operations import Operation

BODIES = {
    "not json": b"{",
    "not an object": b"[1]",
    "a string": b'"x"',
    "null": b"null",
    "not utf-8": b'{"moment": "\xff\xfe"}',
    "half a surrogate": b'{"moment": "\\ud800"}',
    "a null byte": b'{"moment": "\\u0000"}',
    "not a number": b'{"moment": NaN}',
    "a long number": b'{"moment": ' + b"9" * 5000 + b"}",
    "a deep nest": b'{"moment": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "the same field twice": b'{"moment": "1s", "moment": 3}',
    "a field of the path": b'{"ref": "other", "moment": "1s"}',
    "an extra field": b'{"moment": "1s", "force": true}',
    "a wrong type": b'{"moment": {"at": 3}}',
    "another wrong type": b'{"moment": "1s", "dry_run": "perhaps"}',
    "nothing": b"",
}
READING = [one for one in OPERATIONS.values() if one.method == "GET"]
SENDING = [one for one in OPERATIONS.values() if one.method == "POST"]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_not_what_was_asked_for_is_refused(house: House, http: httpx.Client, body: bytes) -> None:
    refused(http.post("/api/projects/shop/rewind", content=body))


def test_a_body_too_large_is_refused(house: House, http: httpx.Client) -> None:
    answer = http.post("/api/projects/shop/rewind", content=b" " * ((64 << 20) + 1))
    assert answer.status_code == 413


@given(operation=st.sampled_from(SENDING), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_makes_an_operation_fail(http: httpx.Client, operation: Operation, data: st.DataObject) -> None:
    """The project named does not exist, so that what happens to be valid changes nothing."""
    names = st.sampled_from([*operation.input.model_fields, "extra"])
    body = data.draw(st.dictionaries(names, anything, max_size=4))
    if not operation.in_projects:
        body["extra"] = True
    body.pop("ref", None)
    content = json.dumps(body)  # half surrogates and NaN included
    refused(http.post(_path(operation, {"ref": "absent"}), content=content))


@given(operation=st.sampled_from(READING), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_makes_an_operation_fail(http: httpx.Client, operation: Operation, data: st.DataObject) -> None:
    names = st.sampled_from([*operation.input.model_fields, "extra"])
    words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    query = data.draw(st.dictionaries(names, words | st.integers().map(str), max_size=3))
    answer = http.get(_path(operation, {"ref": "shop", "a": "shop", "b": "shop:try"}), params=query)
    assert answer.status_code < 500, answer.text


@given(path=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(quote))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_makes_the_api_fail(http: httpx.Client, path: str) -> None:
    answer = http.get(f"/api/projects/{path}")
    assert answer.status_code < 500, answer.text


def refused(answer: httpx.Response) -> dict[str, Any]:
    assert 400 <= answer.status_code < 500, f"{answer.status_code} {answer.text[:500]}"
    error: dict[str, Any] = answer.json()["error"]
    assert error.keys() == {"code", "message", "hint"}
    assert error["code"]
    assert error["message"]
    assert len(answer.content) < 5000
    return error


def _path(operation: Operation, names: dict[str, str]) -> str:
    path = operation.path
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    return path
