"""Whichever the provider: a vector for each text, in order, and texts that are alike have vectors that are."""

from collections.abc import AsyncIterator, Sequence

import pytest
from tests.contract.models.conftest import KEY
from tests.provider import FakeProvider, Fault

from nacre.engines.models.catalogue import Catalogue
from nacre.engines.models.errors import Kind, ModelError
from nacre.engines.models.minilm import CONTEXT_TOKENS, NAME, Local
from nacre.engines.models.provider import Config, Provider

SIZES = {"openai": 1536, "qwen": 1024, "local": 384}
TEXTS = [
    "The cat sat on the mat.",
    "",
    "A stock market crash.",
    "数据库里有一只猫",
    "The cat sat on a mat.",
    "\ud83d broken",
]


@pytest.fixture(params=SIZES)
async def embedding(request: pytest.FixtureRequest, fake: FakeProvider) -> AsyncIterator[tuple[Provider, int]]:
    fake.dimensions = SIZES[request.param]
    provider = Catalogue().open(request.param, Config(fake.base_url, KEY))
    yield provider, fake.dimensions
    await provider.close()


async def test_each_text_has_its_vector(embedding: tuple[Provider, int]) -> None:
    provider, size = embedding
    name = NAME if isinstance(provider, Local) else "fake"
    vectors = await provider.embed(name, TEXTS * 3)
    assert [len(vector) for vector in vectors] == [size] * len(TEXTS) * 3
    assert all(_alike(vector, vector) == pytest.approx(1, abs=1e-5) for vector in vectors)
    for at in range(len(TEXTS)):
        assert _alike(vectors[at], vectors[at + len(TEXTS)]) == pytest.approx(1, abs=1e-5)
    assert _alike(vectors[0], vectors[4]) > 0.7 > _alike(vectors[0], vectors[2])
    assert await provider.embed(name, []) == []


async def test_what_is_missing_among_the_vectors_is_an_error(fake: FakeProvider) -> None:
    provider = Catalogue().open("openai", Config(fake.base_url, KEY))
    for fault, kind in ((Fault("bad-json"), Kind.BAD_ANSWER), (Fault("too-long"), Kind.TOO_LONG)):
        fake.script(fault)
        with pytest.raises(ModelError) as failed:
            await provider.embed("fake", ["one", "two"])
        assert failed.value.kind is kind
    await provider.close()


async def test_the_local_model_is_the_one_it_says() -> None:
    """The first numbers for “hello world” as sentence-transformers computes them."""
    local = Local()
    (vector,) = await local.embed(NAME, ["hello world"])
    assert vector[:6] == pytest.approx([-0.034477, 0.031023, 0.006735, 0.026109, -0.039362, -0.160302], abs=2e-6)
    assert len(local.digest) == 32
    with pytest.raises(ModelError) as failed:
        await local.embed("another", ["hello"])
    assert failed.value.kind is Kind.UNKNOWN_MODEL
    await local.close()


async def test_a_long_text_is_cut_and_can_be_counted_before() -> None:
    local = Local()
    text = "river " * 400
    assert await local.count_tokens([text, ""]) == [402, 2]
    cut, same = await local.embed(NAME, [text, "river " * (CONTEXT_TOKENS - 2)])
    assert _alike(cut, same) == pytest.approx(1, abs=1e-5)
    await local.close()


def _alike(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
