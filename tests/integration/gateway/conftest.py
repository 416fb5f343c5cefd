"""A house with a gateway, and clients that come through it as browsers and programs do."""

import ssl
from collections.abc import Iterator

import httpx
import pytest
from tests.daemon import House, house_on


@pytest.fixture(scope="module")
def gated() -> Iterator[House]:
    """A house in full mode, shared by the tests of a module."""
    with house_on("copy", NACRE_MODE="full") as house:
        yield house


@pytest.fixture
def console(gated) -> Iterator[httpx.Client]:
    with client(gated, gated.settings.port) as opened:
        yield opened


@pytest.fixture
def content(gated) -> Iterator[httpx.Client]:
    with client(gated, gated.settings.content_port) as opened:
        yield opened


def client(house: House, port: int, **more) -> httpx.Client:
    """A client that trusts this house's authority and nobody else's."""
    return httpx.Client(base_url=f"https://localhost:{port}", verify=trust(house), timeout=20, **more)


def trust(house: House) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(house.home / "root.crt"))
