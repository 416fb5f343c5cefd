"""A house whose project asks models that a fake provider answers for."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.daemon import House
from tests.provider import FakeProvider


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    """In a thread of its own: what asks it is another process."""
    with FakeProvider() as provider:
        yield provider


@pytest.fixture
def shop(house: House) -> "Iterator[psycopg.Connection[Any]]":
    """A connection to the project shop of the module's `house`."""
    with house.connect("shop") as connection:
        yield connection


def with_model(house: House, provider: FakeProvider, name: str = "fake", **more: Any) -> House:
    """The house, once it knows the provider as the model “fake”, or by another name."""
    house.call("llm.model.add", name=name, provider="openai", model="fake", key="the-key",
               base_url=provider.base_url, **more)  # fmt: skip
    return house
