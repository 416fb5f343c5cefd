"""A way in without databases behind it, on a home of its own, and a clock that a test can turn on."""

import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.integration.accounts.door import Browser, Door, open_door

from nacre.core.settings import Settings


class TurnedClock:
    """The present (or the time when it was stopped), and on top of it as much as the test has turned it on."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self.stopped: datetime | None = None

    def __call__(self) -> datetime:
        return (self.stopped or datetime.now(UTC)) + self.ahead


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    # Not tmp_path: a socket's path may have no more than 107 bytes.
    home = Path(tempfile.mkdtemp(prefix="nacre-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    yield Settings(home=home, port=port, mode="slim", console=False)
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def stopped(clock: TurnedClock) -> Iterator[None]:
    """No time passes but what the test turns on: however slow the machine, a second is not over."""
    clock.stopped = datetime.now(UTC)
    yield
    clock.stopped = None


@pytest.fixture(scope="module")
def door(settings: Settings, clock: TurnedClock) -> Iterator[Door]:
    with open_door(Door(settings, clock, only_ask=False)) as door:
        yield door


@pytest.fixture
def browser(door: Door) -> Callable[..., Browser]:
    """`browser()` is a fresh one; `browser("ann")` one that ann is signed in with, made if there is no ann yet."""

    def make(person: str | None = None, **headers: str) -> Browser:
        made = Browser(door.url, **headers)
        if person is not None:
            if person not in door.names():
                door.make_person(person)
            assert made.sign_in(person).status_code == 200
        return made

    return make
