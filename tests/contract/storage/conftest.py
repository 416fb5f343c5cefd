"""Every storage driver on a file system that suits it."""

from pathlib import Path

import pytest

from nacre.engines.storage.detect import detect
from nacre.engines.storage.driver import Storage

SUITABLE = {"btrfs": "btrfs_dir", "reflink": "xfs_dir", "copy": "plain_dir"}


@pytest.fixture(
    params=[
        pytest.param("btrfs", marks=pytest.mark.root),
        pytest.param("reflink", marks=pytest.mark.root),
        "copy",
    ]
)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def place(kind: str, request: pytest.FixtureRequest) -> Path:
    """A fresh directory on a file system for the driver."""
    directory: Path = request.getfixturevalue(SUITABLE[kind])
    return directory


@pytest.fixture
def storage(kind: str, place: Path) -> Storage:
    """The driver under test, as found by probing."""
    found = detect(place)
    if kind == "copy" and found.name != "copy":
        pytest.skip(f"the temporary directory can do better than copying: {found.name}")
    assert found.name == kind
    return found
