"""One house with a project `shop` and its branch `shop:try`, of which nothing may change by what is refused."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.daemon import House, house_on

from nacre.core.errors import NacreError
from nacre.core.operations import Operation
from nacre.surfaces.registry import all_operations

OPERATIONS: dict[str, Operation] = all_operations().operations


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    with house_on("copy") as house:
        house.call("project.create", name="shop")
        with house.connect("shop") as connection:
            connection.execute("CREATE TABLE numbers (n int PRIMARY KEY)")
            connection.execute("INSERT INTO numbers VALUES (1), (2)")
        (house.files("shop") / "note.txt").write_text("kept")
        house.call("checkpoint", ref="shop", message="start")
        house.call("branch.create", ref="shop", name="try")
        house.call("branch.create", ref="shop:try", name="leaf")
        yield house


@pytest.fixture(scope="module", autouse=True)
def unchanged(house: House) -> Iterator[None]:
    """Database, files, log, branches, tokens: after all that a module's tests had refused, they are as before."""
    before = state_of(house)
    yield
    assert state_of(house) == before


def state_of(house: House) -> object:
    with house.connect("shop") as connection:
        rows = connection.execute("SELECT n FROM numbers ORDER BY n").fetchall()
    files = house.files("shop")
    branches = house.call("branch.list", ref="shop")
    return (
        rows,
        {path.name: path.read_bytes() for path in files.iterdir()},
        [house.call("log", ref=branch["ref"]) for branch in branches],
        branches,
        [row["name"] for row in house.call("token.list") if row["revoked_at"] is None],
        [project["name"] for project in house.call("project.list")],
    )


def refusal(house: House, operation: str, **arguments: Any) -> NacreError:
    with pytest.raises(NacreError) as caught:
        house.call(operation, **arguments)
    assert caught.value.message, "a refusal says what and why"
    return caught.value


@pytest.fixture(scope="session")
def http(house: House) -> Iterator[httpx.Client]:
    """The owner's HTTP client, over the socket."""
    transport = httpx.HTTPTransport(uds=str(house.settings.socket))
    with httpx.Client(transport=transport, base_url="http://nacre", timeout=60) as client:
        yield client
