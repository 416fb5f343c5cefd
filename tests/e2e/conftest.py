"""A house with its console, a browser, and the people who use it: one of each for the tests of a module."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.daemon import House, house_on
from tests.e2e.visitor import Visitor, chromium, visitor

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def nacre() -> Iterator[House]:
    """A running house that serves its console over plain HTTP."""
    with house_on("copy", NACRE_CONSOLE="true") as house:
        yield house


@pytest.fixture(scope="module")
def origin(nacre: House) -> str:
    return f"http://127.0.0.1:{nacre.settings.port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def ann(nacre: House, browser: Browser, origin: str) -> Any:
    """The state of a browser in which the admin is signed in; she came by the first link."""
    first = visitor(browser, origin)
    first.follow_link(nacre.call("account.link")["url"], "Ann Example")
    state = first.context.storage_state()
    first.context.close()
    return state


@pytest.fixture
def visit(browser: Browser, origin: str) -> Iterator[Visit]:
    """`visit(state=…, language=…, theme=…, size=…)`: a new profile, whose page must not complain of anything."""
    visitors: list[Visitor] = []

    def open_one(**wishes: Any) -> Visitor:
        visitors.append(visitor(browser, origin, **wishes))
        return visitors[-1]

    yield open_one
    problems = [problem for one in visitors for problem in one.problems]
    for one in visitors:
        one.context.close()
    assert not problems
