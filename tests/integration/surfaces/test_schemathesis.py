"""Whatever the OpenAPI document allows, and much that it does not, is answered without a failure of the server."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from tests.daemon import House, house_on

from nacre.surfaces.http.described import openapi_of
from nacre.surfaces.registry import all_operations

DOCUMENT = openapi_of(all_operations())
ENDING = {"project.delete", "branch.delete", "branch.reset"}
"""These are asked about branches at random only: the others need the one they are asked about."""
FETCHING = {"addon.install"}
"""Not asked for: it fetches what it installs from the network, for minutes."""
REFUSED_BY_AN_ENGINE = {"sql-timeout", "command-timed-out"}
"""Failures of what a person ran, told as 500 because an engine ended it."""


def _asked() -> dict[str, Any]:
    """Every operation of the document by its name. The owner's socket asks for no sign-in, so none is made up."""
    document = {name: part for name, part in DOCUMENT.items() if name != "security"}
    document["components"] = {"schemas": DOCUMENT["components"]["schemas"]}
    document["paths"] = {path: one for path, one in DOCUMENT["paths"].items() if path != "/api/events"}
    found: Any = schemathesis.openapi.from_dict(document).get_all_operations()
    operations = {one.ok().definition.raw["operationId"]: one.ok() for one in found}
    return {name: operation for name, operation in operations.items() if name not in FETCHING}


ASKED = _asked()


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """The owner's client of a house with a project, a table and a file."""
    with house_on("copy") as house:
        _furnish(house)
        transport = httpx.HTTPTransport(uds=str(house.settings.socket))
        with httpx.Client(transport=transport, base_url="http://nacre", timeout=60) as client:
            yield client


def _furnish(house: House) -> None:
    house.call("project.create", name="shop")
    with house.connect("shop") as connection:
        connection.execute("CREATE TABLE orders (id int PRIMARY KEY, name text, doc jsonb)")
        connection.execute("INSERT INTO orders SELECT n, 'x', '{}' FROM generate_series(1, 20) n")
    (house.files("shop") / "0").write_text("a file whose name is found by chance")


def test_the_document_is_the_one_that_is_served(http: httpx.Client) -> None:
    served = http.get("/api/openapi.json").json()
    assert served["paths"].keys() == DOCUMENT["paths"].keys()


@pytest.mark.parametrize("name", ASKED)
def test_nothing_asked_makes_the_server_fail(name: str, http: httpx.Client) -> None:
    @settings(
        max_examples=4,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(ASKED[name].as_strategy())
    def ask(case: schemathesis.Case) -> None:
        if "ref" in (case.path_parameters or {}) and name not in ENDING:
            case.path_parameters["ref"] = "shop"
        if name.startswith(("table.", "row.")) and isinstance(case.query, dict) and "table" in case.query:
            case.query["table"] = "orders"
        answer = _send(case, http)
        if answer.status_code >= 500 and answer.json()["error"]["code"] not in REFUSED_BY_AN_ENGINE:
            asked = answer.request
            pytest.fail(f"{asked.method} {asked.url} {asked.content[:300]!r}\n{answer.text}")

    ask()


def _send(case: schemathesis.Case, http: httpx.Client) -> httpx.Response:
    wanted: dict[str, Any] = case.as_transport_kwargs(base_url="http://nacre")
    content = wanted.pop("data", None)
    wanted.pop("cookies", None)
    if content is not None:
        wanted["content"] = content
    headers = {name: value for name, value in (wanted.pop("headers", None) or {}).items() if _can_be_sent(value)}
    return http.request(**wanted, headers=headers)


def _can_be_sent(value: str) -> bool:
    return value.isascii() and value.isprintable() and value == value.strip()
