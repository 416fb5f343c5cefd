"""A house in slim mode whose previews are asked through the sockets that a gateway would dial."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.applications import lay_out
from tests.daemon import House, house_on


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with house_on("copy", NACRE_MODE="slim", NACRE_CONSOLE="false") as house:
        yield house


Project = Callable[[str, dict[str, str]], Path]


@pytest.fixture
def project(house: House) -> Project:
    """`project("shop", {"index.html": "…"})`: a new project with these files; the folder they lie in."""

    def make(name: str, files: dict[str, str]) -> Path:
        house.call("project.create", name=name)
        return lay_out(files, house.files(name))

    return make


@pytest.fixture
def ask(house: House) -> Iterator[Callable[..., httpx.Response]]:
    """`ask("shop", "/about")`: what the preview answers at a path below its base, as the gateway asks for it."""
    clients: list[httpx.Client] = []

    def get(name: str, path: str = "/") -> httpx.Response:
        base, plan = f"/p/{name}/main", house.call("preview.plan", ref=name)
        socket = preview_socket(house, name)
        clients.append(httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://localhost"))
        prefix = "" if plan["strip"] else base
        return clients[-1].get(prefix + path, headers={"X-Forwarded-Prefix": base, "X-Forwarded-Proto": "https"})

    yield get
    for client in clients:
        client.close()


def preview_socket(house: House, name: str) -> Path:
    """The socket of the port that the preview of `name`'s main listens on."""
    port = house.call("preview.status", ref=name)["port"]
    told = (house.home / "run" / "ws").glob("*/told/AGENTS.md")
    (text,) = [path for path in told if path.read_text().startswith(f"# Working on {name}\n")]
    return text.parents[1] / "ports" / f"{port}.sock"
