"""Every storage driver on a file system that suits it; btrfs and XFS come from loop images made here."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nacre.engines.storage.detect import detect
from nacre.engines.storage.driver import Storage
from nacre.engines.storage.loopfile import make_store, unmount_store

KINDS = [
    pytest.param("btrfs", marks=pytest.mark.root),
    pytest.param("reflink", marks=pytest.mark.root),
    "copy",
]


@pytest.fixture(scope="session", params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """(driver name, directory on a file system for it)."""
    kind = request.param
    if kind == "copy":
        yield kind, tmp_path_factory.mktemp("copy")
        return
    if os.geteuid() != 0:
        pytest.skip("needs root: mounts a loop image")
    tool = {"btrfs": "btrfs", "reflink": "xfs"}[kind]
    if shutil.which(f"mkfs.{tool}") is None:
        pytest.skip(f"needs mkfs.{tool}")
    place = tmp_path_factory.mktemp(kind)
    make_store(place / "image", place / "mount", 400 << 20, "btrfs" if kind == "btrfs" else "xfs")
    yield kind, place / "mount"
    unmount_store(place / "mount")


@pytest.fixture
def place(store: tuple[str, Path], request: pytest.FixtureRequest) -> Iterator[Path]:
    """A fresh directory on the store."""
    path = store[1] / f"test-{abs(hash(request.node.name))}"
    path.mkdir()
    yield path
    detect(store[1]).remove(path)


@pytest.fixture
def storage(store: tuple[str, Path]) -> Storage:
    """The driver under test, as found by probing."""
    kind, directory = store
    found = detect(directory)
    if kind == "copy" and found.name != "copy":
        pytest.skip(f"the temporary directory can do better than copying: {found.name}")
    assert found.name == kind
    return found
