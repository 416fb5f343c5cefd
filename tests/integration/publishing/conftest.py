"""One house for all tests of publishing: what images are made of is gathered once, and takes longer than most tests."""

from collections.abc import Iterator

import pytest
from tests.daemon import House, can_mount, house_on


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """In full mode; each module has projects of its own. Images may be small alone, for the test of large ones."""
    with house_on("btrfs" if can_mount("btrfs") else "copy", NACRE_MODE="full", NACRE_IMAGE_LIMIT_MB="40") as house:
        yield house
