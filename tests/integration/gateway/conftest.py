"""A house with a gateway, and clients that come through it as browsers and programs do."""

import ssl
from collections.abc import Iterator

import httpx
import pytest
from tests.daemon import House, house_on

DOMAIN = "nacre.test"
PASSWORD = "a long enough sentence"
NAVIGATES = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}


@pytest.fixture(scope="session")
def gated() -> Iterator[House]:
    """A house in full mode for all tests of the folder: each makes what it needs and leaves the daemon running."""
    with house_on("copy", NACRE_MODE="full") as house:
        yield house


@pytest.fixture(scope="session")
def named() -> Iterator[House]:
    """The same with a domain, which only tests know."""
    with house_on("copy", NACRE_MODE="full", NACRE_DOMAIN=DOMAIN) as house:
        yield house


@pytest.fixture
def console(gated) -> Iterator[httpx.Client]:
    with client(gated, gated.settings.port) as opened:
        yield opened


@pytest.fixture
def content(gated) -> Iterator[httpx.Client]:
    with client(gated, gated.settings.content_port) as opened:
        yield opened


@pytest.fixture
def browser(gated) -> Iterator[httpx.Client]:
    """Somebody's browser, not signed in."""
    with client(gated, gated.settings.port, headers={"Accept-Language": "en"}) as opened:
        yield opened


@pytest.fixture(scope="session")
def ada(gated) -> str:
    """The first person, who has followed the link of the first start."""
    link = str(gated.call("account.link")["url"])
    with client(gated, gated.settings.port) as opened:
        entered = opened.post(
            "/api/sign-in/link", json={"link": link.partition("#link=")[2], "password": PASSWORD, "person": "ada"}
        )
        assert entered.status_code == 200, entered.text
    return "ada"


@pytest.fixture(scope="session")
def vera(gated, ada) -> str:
    """Somebody who has never begun a workspace, whatever others have done in this house."""
    link = str(gated.call("person.invite", name="vera")["link"]["url"])
    with client(gated, gated.settings.port) as opened:
        entered = opened.post("/api/sign-in/link", json={"link": link.partition("#link=")[2], "password": PASSWORD})
        assert entered.status_code == 200, entered.text
    return "vera"


def sign_in(browser: httpx.Client, person: str) -> str:
    """The CSRF token of the new session."""
    entered = browser.post("/api/sign-in", json={"person": person, "password": PASSWORD})
    assert entered.status_code == 200, entered.text
    return str(entered.json()["csrf"])


def client(house: House, port: int, **more) -> httpx.Client:
    """A client that trusts this house's authority and nobody else's."""
    return httpx.Client(base_url=f"https://localhost:{port}", verify=trust(house), timeout=20, **more)


def trust(house: House) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(house.home / "root.crt"))
