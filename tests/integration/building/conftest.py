"""One place to build in for all of these tests: what images stand on is made once."""

from collections.abc import Iterator

import pytest
from tests.building import Yard, yard


@pytest.fixture(scope="session")
def place() -> Iterator[Yard]:
    with yard() as made:
        yield made
