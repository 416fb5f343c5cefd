"""Images of small apps, a runtime over them, and a real Caddy before it."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.daemon import _free_ports

from nacre.console.build import LOCKED_NODE
from nacre.core.clock import system_clock
from nacre.core.events import EventBus
from nacre.core.secrets import SecretBox
from nacre.core.settings import Settings, load
from nacre.core.store.store import Store
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.digests import Digest
from nacre.engines.oci.entries import File
from nacre.engines.oci.image import Config, write_image
from nacre.engines.oci.layers import Layer, write_layer
from nacre.engines.oci.manifest import Manifest
from nacre.engines.oci.unpack import Rootfs
from nacre.engines.processes.supervisor import Patience, Supervisor
from nacre.engines.processes.users import service_account
from nacre.engines.sandbox.drivers import named
from nacre.engines.sandbox.proof import Targets, prove
from nacre.gateway.gateway import Gateway
from nacre.gateway.gateway import Ground as Under
from nacre.gateway.site import Site
from nacre.gateway.switchboard import Switchboard
from nacre.images.base.bases import Base, Bases
from nacre.images.runspec import RunSpec
from nacre.runtime.book import Book
from nacre.runtime.deployed import Deployed
from nacre.runtime.lodging import Lodging
from nacre.runtime.logs import Logs
from nacre.runtime.runtime import Runtime

APP = Path(__file__).with_name("app.py")


class Pictures:
    """Images made for the tests, unpacked as the registry's are."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o711)
        self.folder = folder
        self.blobs = Blobs(folder / "blobs")
        self.rootfs = Rootfs(self.blobs, folder / "unpacked")
        self._bases = Bases(self.blobs, self.rootfs, folder, folder / "node", LOCKED_NODE)
        self.base: Base = self._bases.python()
        self._manifests: dict[str, Manifest] = {}

    def make(self, **files: bytes) -> Digest:
        """An image with the app of these tests, and more files in /app."""
        entries = [File("app/app.py", APP), *(File(f"app/{name}", content) for name, content in files.items())]
        layers = (*self.base.layers, write_layer(self.blobs, entries))
        return self._written(layers)

    def unpacked(self, digest: str, repository: str | None = None) -> Path:
        return self.rootfs.unpack(self._manifests[digest])

    def _written(self, layers: Sequence[Layer]) -> Digest:
        manifest = write_image(self.blobs, layers, Config(argv=("python3", "app.py"), env=self.base.env))
        self._manifests[manifest.digest] = manifest
        return manifest.digest


@pytest.fixture(scope="session")
def pictures() -> Iterator[Pictures]:
    with tempfile.TemporaryDirectory(prefix="nacre-images-", ignore_cleanup_errors=True) as folder:
        yield Pictures(Path(folder))


@dataclass
class Rig:
    """A runtime in this process on a home of its own; `again` stands in for a daemon that follows one killed."""

    settings: Settings
    pictures: Pictures
    runtime: Runtime
    supervisor: Supervisor
    store: Store
    images: dict[str, Digest] = field(default_factory=dict)

    def deployed(self, app: str, release: int, **more: Any) -> Deployed:
        """A release of the app in app.py; `more` are variables for it, `run` what its RunSpec has otherwise."""
        run = {"kind": "python", "start": ("python3", "app.py"), "env": dict(self.pictures.base.env), "drain_s": 2}
        spec = RunSpec.model_validate(run | more.pop("run", {}))
        fields = {name: more.pop(name) for name in ("data", "database", "database_port") if name in more}
        digest = self.images.setdefault("plain", self.pictures.make())
        env = {"RELEASE": str(release), **{name.upper(): str(value) for name, value in more.items()}}
        return Deployed(app, release, digest, spec, env=env, **fields)

    async def publish(self, app: str, release: int, **more: Any) -> None:
        await self.runtime.switch(await self.runtime.prepare(self.deployed(app, release, **more), within_s=10))

    def url(self, app: str, path: str = "") -> str:
        return f"https://localhost:{self.settings.content_port}/apps/{app}/{path}"

    def client(self, **more: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(verify=False, timeout=30, **more)

    async def get(self, app: str, path: str = "") -> httpx.Response:
        async with self.client() as client:
            return await client.get(self.url(app, path))


def runtime_on(settings: Settings, pictures: Pictures, store: Store, supervisor: Supervisor) -> Runtime:
    account = service_account(settings.user)
    book = Book(store, SecretBox(settings.home / "secret.key"), system_clock)
    lodging = Lodging(settings.home / "run" / "apps", settings.home / "apps", pictures, account)
    driver = named("bubblewrap")
    proof = partial(prove, driver, account, Targets.of(settings))
    return Runtime(
        book, lodging, Switchboard(settings.home / "run" / "switchboard"), driver, proof, supervisor,
        EventBus(system_clock), asyncio.get_running_loop(), Logs(settings.logs / "apps"),
    )  # fmt: skip


@pytest.fixture
async def rig(pictures: Pictures) -> AsyncIterator[Rig]:
    if named("bubblewrap").refusal():
        pytest.skip(named("bubblewrap").refusal())
    with tempfile.TemporaryDirectory(prefix="nacre-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "h"
        first = _free_ports()
        settings, _ = load(
            {**os.environ, "NACRE_HOME": str(home), "NACRE_PORT": str(first), "NACRE_CONTENT_PORT": str(first + 1)}, {}
        )
        for each in (Path(folder), home, home / "run", home / "log", home / "engines"):
            each.mkdir(exist_ok=True)
            each.chmod(0o711)
        store, supervisor = Store(home / "data.db"), Supervisor(Patience(first_s=0.1, longest_s=0.2))
        runtime = runtime_on(settings, pictures, store, supervisor)
        await asyncio.to_thread(runtime.resume)
        yield Rig(settings, pictures, runtime, supervisor, store)
        await asyncio.to_thread(runtime.close)
        await supervisor.stop_all()
        store.close()


@pytest.fixture
async def gated(rig: Rig) -> Rig:
    """The same with a Caddy before it."""
    home = rig.settings.home
    under = Under(
        rig.supervisor, asyncio.get_running_loop(), service_account(rig.settings.user), home / "no-console",
        home / "engines", rig.settings.logs,
    )  # fmt: skip
    gateway = Gateway(Site.of(rig.settings), under, [])
    await asyncio.to_thread(gateway.start)
    return rig


async def eventually(condition: Callable[[], Any], within_s: float = 10.0) -> None:
    """Wait until a condition, or what it answers when awaited, holds."""
    deadline = time.monotonic() + within_s
    while True:
        found = condition()
        if await found if asyncio.iscoroutine(found) else found:
            return
        assert time.monotonic() < deadline, f"not within {within_s:g} s"
        await asyncio.sleep(0.02)
