"""A desk of its own for each test, and a fake provider for it to ask."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.provider import FakeProvider

from nacre.core.clock import system_clock
from nacre.core.secrets import SecretBox
from nacre.llm.caller import HOME, Caller
from nacre.llm.configuration import Configuration
from nacre.llm.desk import Desk
from nacre.llm.functions import allowed, load_all
from nacre.llm.opening import open_desk

OWNER = Caller(HOME, admin=True, person="owner", by_daemon=True)


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with FakeProvider(keys={"the-key"}) as provider:
        yield provider


@pytest.fixture
async def desk(tmp_path: Path, provider: FakeProvider) -> AsyncIterator[Desk]:
    """With a model `fake` for everybody, at the provider, of which a token costs a thousandth of a cent."""
    load_all()
    desk = await open_desk(configured(tmp_path), SecretBox(tmp_path / "secret.key"), system_clock)
    options = {"input_price": 10.0, "output_price": 10.0, "local": False}
    await call(desk, OWNER, "add_model", name="fake", provider="openai", model="fake-large", key="the-key",
               base_url=provider.base_url, options=options)  # fmt: skip
    yield desk
    await desk.close()


def configured(home: Path, **more: Any) -> Configuration:
    return Configuration(home=home, daemon_uid=0, **more)


def at_branch(branch: str = "shop:main", role: str = "ann", *, admin: bool = False) -> Caller:
    """A role in the database of a branch, as SQL calls."""
    return Caller(branch, "shop", role, admin, "psql", branch)


async def call(desk: Desk, caller: Caller, name: str, /, **arguments: Any) -> Any:
    """The answer of a function, checked as the side-car checks it."""
    function, args = allowed(name, arguments, caller, streams=False)
    assert function.handler is not None
    return await function.handler(desk, caller, args)


async def stream(desk: Desk, caller: Caller, name: str, /, **arguments: Any) -> AsyncIterator[Any]:
    function, args = allowed(name, arguments, caller, streams=True)
    assert function.streamer is not None
    async for each in function.streamer(desk, caller, args):
        yield each
