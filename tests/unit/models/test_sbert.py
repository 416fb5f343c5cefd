"""Models of sentence-transformers: by a stand-in for that library, which brings PyTorch and is not installed here."""

import sys
from collections.abc import Iterator, Sequence
from types import ModuleType

import pytest

from nacre.engines.models.catalogue import Catalogue
from nacre.engines.models.errors import ModelError
from nacre.engines.models.provider import Config, Provider

BATCHES: list[int] = []


class SentenceTransformer:
    def __init__(self, name: str) -> None:
        if name == "missing":
            raise OSError("missing is no model")

    def encode(self, texts: list[str], batch_size: int, show_progress_bar: bool) -> Iterator[Sequence[float]]:
        assert len(texts) <= batch_size and not show_progress_bar
        BATCHES.append(len(texts))
        return iter([[len(text), ord(text[0])] for text in texts])


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    library = ModuleType("sentence_transformers")
    library.SentenceTransformer = SentenceTransformer  # type: ignore[attr-defined]
    library.__spec__ = pytest.__spec__
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    return Catalogue().open("sentence-transformers", Config())


async def test_vectors_come_in_the_order_of_their_texts_whatever_the_batches(provider: Provider) -> None:
    texts = [chr(97 + at % 26) * (1 + at * 7 % 40) for at in range(70)]
    vectors = await provider.embed("all-mpnet-base-v2", texts)
    assert vectors == [[float(len(text)), float(ord(text[0]))] for text in texts]
    assert BATCHES[-3:] == [32, 32, 6] and await provider.models() == ["all-mpnet-base-v2"]
    await provider.close()


async def test_what_it_fails_with_is_told(provider: Provider) -> None:
    with pytest.raises(ModelError, match="missing is no model"):
        await provider.embed("missing", ["a"])
    await provider.close()


async def test_without_the_library_it_says_how_to_get_it() -> None:
    provider = Catalogue().open("sentence-transformers", Config())
    with pytest.raises(ModelError, match="not installed") as refused:
        await provider.embed("all-mpnet-base-v2", ["a"])
    assert "uv pip install" in refused.value.hint
