"""Every provider on its fake: the same suite asks them all, a plugin among them, which is the documentation's own."""

import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.plugged import install
from tests.provider import FakeProvider

from nacre.engines.models.catalogue import Catalogue
from nacre.engines.models.provider import Config, Provider

KEY = "sk-very-secret-0123456789"
_PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "add-a-model-provider.md"


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with FakeProvider(keys={KEY}) as provider:
        yield provider


@pytest.fixture
def plugins(tmp_path: Path) -> Iterator[Path]:
    """A folder in which the plugin of the documentation is installed."""
    (code,) = re.findall(r"```python\n(.*?)```", _PAGE.read_text(), re.DOTALL)
    install(tmp_path, "acme-models", {"acme": "acme_models:acme"}, acme_models=code)
    yield tmp_path
    if str(tmp_path) in sys.path:
        sys.path.remove(str(tmp_path))


@pytest.fixture(params=["openai-compatible", "deepseek", "anthropic", "acme"])
async def provider(request: pytest.FixtureRequest, fake: FakeProvider, plugins: Path) -> AsyncIterator[Provider]:
    name = request.param
    provider = Catalogue(plugins).open(name, Config(fake.url if name == "anthropic" else fake.base_url, KEY))
    yield provider
    await provider.close()
