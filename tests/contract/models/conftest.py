"""Every provider on its fake: the same suite asks them all."""

from collections.abc import AsyncIterator

import pytest
from tests.provider import FakeProvider

from nacre.engines.models.anthropic import Anthropic
from nacre.engines.models.openai import OpenAICompatible
from nacre.engines.models.provider import Config, Provider

KEY = "sk-very-secret-0123456789"


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider(keys={KEY}) as provider:
        yield provider


@pytest.fixture(params=["openai", "anthropic"])
async def provider(request: pytest.FixtureRequest, fake: FakeProvider) -> AsyncIterator[Provider]:
    provider: Provider
    match request.param:
        case "openai":
            provider = OpenAICompatible(Config(fake.base_url, KEY))
        case _:
            provider = Anthropic(Config(fake.url, KEY))
    yield provider
    await provider.close()
