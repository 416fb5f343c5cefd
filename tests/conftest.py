"""Fixtures of every kind of test: file systems with and without copy-on-write, an unprivileged user, a deadline."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.daemon import House, can_mount, house_on

from nacre.core.errors import Failed
from nacre.engines.processes.users import Account, find
from nacre.engines.storage.detect import detect
from nacre.engines.storage.loopfile import Kind, make_store, unmount_store

# Read when numpy is first needed. As in the daemon: threads that wait for each other's cores cost more than they help.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# How long an example takes, or drawing it, depends on what else the machine does: 200 ms are soon over on a busy one.
settings.register_profile("busy-machine", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy-machine")

STORE_BYTES = 3 << 30  # sparse: only what is written takes room

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts file systems or drops privileges")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="test at full length what is otherwise tested for less")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--thorough"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        if item.get_closest_marker("root"):
            item.add_marker(needs_root)


@pytest.fixture(scope="session")
def btrfs_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield from _mounted("btrfs", tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def xfs_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield from _mounted("xfs", tmp_path_factory.mktemp("store"))


@pytest.fixture
def btrfs_dir(btrfs_store: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """An empty directory on btrfs, which any user may enter."""
    yield from _fresh(btrfs_store, request.node.name)


@pytest.fixture
def xfs_dir(xfs_store: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """An empty directory on XFS with reflinks, which any user may enter."""
    yield from _fresh(xfs_store, request.node.name)


@pytest.fixture
def plain_dir(tmp_path: Path) -> Path:
    """An empty directory wherever the tests' temporary files are, which any user may enter."""
    make_reachable(tmp_path)
    return tmp_path


@pytest.fixture
def house() -> Iterator[House]:
    """A running house of the test's own, on btrfs where it may be mounted, else on a plain directory."""
    with house_on("btrfs" if can_mount("btrfs") else "copy") as house:
        yield house


@pytest.fixture(scope="module")
def shared_house() -> Iterator[House]:
    """As `house`, shared by the tests of a module: each makes projects of its own and leaves the daemon running."""
    with house_on("btrfs" if can_mount("btrfs") else "copy") as house:
        yield house


@pytest.fixture
def unprivileged() -> Account:
    """An account without rights to drop to; needs root."""
    if os.geteuid() != 0:
        pytest.skip("needs root: drops privileges")
    account = find("nacre") or find("nobody")
    assert account is not None
    return account


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    """`await until(condition)`: wait for a condition, and fail when it does not come true in time."""

    async def wait(condition: Callable[[], object], timeout_s: float = 10.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"not within {timeout_s:g} s"
            await asyncio.sleep(0.01)

    return wait


def make_reachable(directory: Path) -> None:
    """Let every user pass through pytest's private directories to `directory`, which is opened to all of them."""
    for parent in directory.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
    directory.chmod(0o777)


def _mounted(kind: Kind, directory: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip(f"needs root: mounts a {kind} image")
    if shutil.which(f"mkfs.{kind}") is None:
        pytest.skip(f"needs mkfs.{kind}")
    image, mount_point = directory / "image", directory / "mount"
    make_store(image, mount_point, STORE_BYTES, kind)
    try:
        make_reachable(mount_point)
        yield mount_point
    finally:
        # Lazily where a test left a process in there: the mount must not outlive the session.
        try:
            unmount_store(mount_point)
        except Failed:
            subprocess.run(["umount", "--lazy", mount_point], check=True)
        image.unlink()


def _fresh(store: Path, name: str) -> Iterator[Path]:
    directory = store / "".join(letter if letter.isalnum() else "-" for letter in name)[:60]
    directory.mkdir()
    make_reachable(directory)
    yield directory
    detect(store).remove(directory)
