"""A registry of a running house, its clients, and small images made for it."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.daemon import House, house_on

from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.client import Client, Remote
from nacre.engines.oci.entries import File
from nacre.engines.oci.image import Config, write_image
from nacre.engines.oci.layers import write_layer
from nacre.engines.oci.manifest import Manifest
from nacre.images.base.userland import userland


@dataclass
class RegistryHouse:
    """`token` is a user's of the project shop, `viewer` a viewer's of it, `stranger` a user's of another project."""

    house: House
    token: str
    viewer: str
    stranger: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.house.settings.port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.house.settings.port}"

    def http(self, token: str | None = None) -> httpx.Client:
        return httpx.Client(base_url=f"{self.url}/v2", auth=("any", token or self.token), timeout=30)

    def client(self, repository: str) -> Client:
        return Client(Remote(self.url, repository, ("any", self.token)))

    def stored(self) -> set[str]:
        """The digests of the blobs on disk."""
        return {f"sha256:{path.name}" for path in self.house.settings.home.glob("images/blobs/sha256/*/*")}


@pytest.fixture(scope="package")
def registry() -> Iterator[RegistryHouse]:
    with house_on("copy") as house:
        house.call("project.create", name="shop")
        tokens = {
            whose: house.call("token.create", name=whose, role=role, project=[project], kind="agent")["token"]
            for whose, role, project in (
                ("token", "user", "shop"),
                ("viewer", "viewer", "shop"),
                ("stranger", "user", "other"),
            )
        }
        yield RegistryHouse(house, **tokens)


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> tuple[Blobs, Manifest]:
    """An image that runs: a userland and a file of its own."""
    blobs = Blobs(tmp_path_factory.mktemp("image") / "blobs")
    layers = [write_layer(blobs, userland()), write_layer(blobs, [File("app/hello", b"hello from the image\n")])]
    config = Config(argv=("cat", "/app/hello"), env={"PATH": "/usr/bin"}, user="app", labels={"dev.nacre.app": "shop"})
    return blobs, write_image(blobs, layers, config)


def ran(*argv: str | Path) -> str:
    """What a client of somebody else's printed; fails with its words."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, argv))}: {done.stderr[-2000:]}"
    return done.stdout
