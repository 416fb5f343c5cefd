"""Every driver, and sandboxes of theirs that are gone when the test is over."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nacre.engines.processes.identity import Identity
from nacre.engines.processes.users import Account, find
from nacre.engines.sandbox import cgroups
from nacre.engines.sandbox.driver import Driver, Sandbox
from nacre.engines.sandbox.drivers import NAMES, named
from nacre.engines.sandbox.inside import Inside
from nacre.engines.sandbox.spec import Mount, Spec


@dataclass
class Said:
    """What a process said and how it ended."""

    text: str
    exit_code: int | None


@dataclass
class Cell:
    """A running sandbox; `files` and `home` are the folders mounted into it."""

    spec: Spec
    service: Sandbox
    files: Path
    home: Path

    @property
    def inside(self) -> Inside:
        return Inside(self.spec.folder)

    async def run(self, *argv: str, key: str = "run", **more: Any) -> Said:
        """Run to the end; what it said on both streams."""
        await self.inside.start(argv, key=key, **more)
        return await self.hear(key)

    async def shell(self, script: str, **more: Any) -> Said:
        return await self.run("bash", "-c", script, **more)

    async def hear(self, key: str = "run", within_s: float = 30.0) -> Said:
        attachment = await self.inside.attach(key)
        try:
            async with asyncio.timeout(within_s):
                text = b"".join([output.data async for output in attachment])
        finally:
            await attachment.close()
        return Said(text.decode(errors="replace"), attachment.exit_code)


@pytest.fixture(params=NAMES)
def driver(request: pytest.FixtureRequest) -> Driver:
    found = named(request.param)
    if found.refusal():
        pytest.skip(found.refusal())
    return found


@pytest.fixture
def bubblewrap() -> Driver:
    found = named("bubblewrap")
    if found.refusal():
        pytest.skip(found.refusal())
    return found


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a path so short that sockets fit below it, which any user may enter."""
    with tempfile.TemporaryDirectory(prefix="nacre-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture
def account() -> Account | None:
    return (find("nacre") or find("nobody")) if os.geteuid() == 0 else None


def spec_in(place: Path, driver: Driver, account: Account | None, **more: Any) -> Spec:
    """A spec with files and a home of its own. Where nothing is mounted they are simply there."""
    for name in ("files", "home"):
        (place / name).mkdir(exist_ok=True)
        if account is not None:
            os.chown(place / name, account.uid, account.gid)
    # Without isolation nothing is mounted: what a mount names is simply where it is.
    files, home = (str(place / "files"), str(place / "home")) if driver.name == "none" else ("/workspace", "/home/ann")
    mounts = (Mount(place / "files", files, True), Mount(place / "home", home, True))
    spec = Spec(place.name, place / "box", mounts, {"HOME": home, "USER": "ann"}, files, account=account)
    return replace(spec, **more)


def group_of(warden: Identity) -> cgroups.Group:
    """The control groups that a warden is in."""
    where = cgroups.hierarchies()
    names = {path.name for base in {*where.v1.values(), *where.v2.values()} for path in base.glob("box-*")}
    groups = [cgroups.group(name, where) for name in names]
    return next((group for group in groups if warden.pid in group.members()), cgroups.Group(()))


@contextlib.asynccontextmanager
async def running(place: Path, driver: Driver, account: Account | None, **more: Any) -> AsyncIterator[Cell]:
    spec = spec_in(place, driver, account, **more)
    service = driver.service(spec)
    await service.start()
    try:
        yield Cell(spec, service, place / "files", place / "home")
    finally:
        await service.stop()


@pytest.fixture
async def cell(place: Path, driver: Driver, account: Account | None) -> AsyncIterator[Cell]:
    """A running sandbox of each driver."""
    async with running(place, driver, account) as cell:
        yield cell
