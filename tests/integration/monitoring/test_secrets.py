"""Every operation that changes something is told secrets, on a real house: audit, jobs, events and logs have none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, get_args

import apsw
import httpx
import pytest
from pydantic import SecretStr, ValidationError
from tests.arguments import arguments_for
from tests.daemon import House, house_on
from tests.waiting import eventually

from nacre.core.errors import NacreError
from nacre.core.operations import Effect, Operation, Private, marked
from nacre.surfaces.registry import all_operations

OPERATIONS = list(all_operations())
CHANGING = [one for one in OPERATIONS if one.effect is not Effect.READ]
SECRET, SPELT_OUT = "z7Qq4mJw", "k3Wx8nRt"
"""What is told where secrets are expected, and what is spelt out in a text that is for something else."""
SPELT = (f"password='{SPELT_OUT}'", f"https://ann:{SPELT_OUT}@127.0.0.1:1/", f"postgresql://ann:{SPELT_OUT}@127.0.0.1/")
THEIR_OWN = ("sql_history", "knowledge_")
"""What people keep for themselves: the statements they wrote in the console, their documents."""
RECORDS = ("audit", "job", "job_attempt", "job_log", "approval", "procedure")


def test_what_holds_a_secret_is_marked_as_private() -> None:
    for operation in OPERATIONS:
        for name, field in operation.input.model_fields.items():
            if SecretStr in (field.annotation, *get_args(field.annotation)):
                assert marked(operation.input, name, Private), f"{operation.name}: {name}"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with house_on("copy") as house:
        house.call("project.create", name="shop")
        house.call("branch.create", ref="shop", name="try")
        yield house


def test_no_secret_that_any_operation_is_told_is_kept(house: House) -> None:
    with events_of(house) as events:
        for operation in CHANGING:
            for arguments in told(operation):
                with suppress(NacreError):
                    house.call(operation.name, **arguments)
        house.call("checkpoint", ref="shop", message="the last")
        eventually(lambda: "the last" in "".join(events), 20)
    assert not any(said in "".join(events) for said in (SECRET, SPELT_OUT))
    audited = [entry["operation"] for entry in house.call("audit.list", limit=1000)]
    assert {one.name for one in CHANGING} - {*audited} == set()
    kept = [
        (table, row)
        for table, row in rows(house)
        if (SECRET in row and not table.startswith(THEIR_OWN)) or (SPELT_OUT in row and table in RECORDS)
    ]
    assert not kept, "\n".join(map(str, kept))
    eventually(lambda: house.call("log.search", query='"the last"', source=["audit"])["lines"], 20)
    for said in (SECRET, SPELT_OUT):
        lines = house.call("log.search", query=f"*{said}*", limit=1000)["lines"]
        # A bare word that was run as a statement is not known for a secret.
        assert [line for line in lines if said == SPELT_OUT or not line["name"].startswith("postgres")] == []
        assert [file for file in house.settings.logs.glob("[!p]*.log") if said.encode() in file.read_bytes()] == []


def told(operation: Operation) -> Iterator[dict[str, Any]]:
    """Calls of it that have secrets wherever one may be: as they are where that is expected, spelt out elsewhere."""
    base = arguments_for(operation, "shop:try")
    private = [name for name in operation.input.model_fields if marked(operation.input, name, Private)]
    yield {**base, **{name: _with_secret(base[name]) for name in private if name in base}}
    for name, field in operation.input.model_fields.items():
        if field.annotation is Path:  # which makes one slash of two
            continue
        for said in (SECRET, *SPELT) if name in private else SPELT:
            for value in (said, [said], {"said": said}, {"token": SECRET}):
                with suppress(ValidationError, NacreError):
                    operation.input.model_validate(base | {name: value})
                    yield base | {name: value}


def _with_secret(value: Any) -> Any:
    match value:
        case str():
            return f"{value} {SECRET}"
        case list():
            return [_with_secret(each) for each in value]
        case dict():
            return {name: _with_secret(each) for name, each in value.items()}
    return value


@contextmanager
def events_of(house: House) -> Iterator[list[str]]:
    """What all events say, while they come."""
    told: list[str] = []
    transport = httpx.HTTPTransport(uds=str(house.settings.socket))
    client = httpx.Client(transport=transport, base_url="http://nacre", timeout=None)
    with client, client.stream("GET", "/api/events") as answer:

        def listen() -> None:
            with suppress(httpx.HTTPError):
                told.extend(answer.iter_text())

        thread = threading.Thread(target=listen)
        thread.start()
        yield told
        house.restart()
        thread.join(20)


def rows(house: House) -> Iterator[tuple[str, str]]:
    """All that data.db has, with the table that it is in."""
    database = apsw.Connection(str(house.home / "data.db"), flags=apsw.SQLITE_OPEN_READONLY)
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'vec_%'"
    for (table,) in database.execute(named).fetchall():
        for row in database.execute(f'SELECT * FROM "{table}"'):
            yield str(table), repr(row)
