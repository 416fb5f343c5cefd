"""Nearest is nearest on either database: exactly where it is promised, nearly where it is not, and never too few."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.contract.knowledge.conftest import on_postgres
from tests.integration.knowledge.conftest import ANN, Library

from nacre.knowledge.collections import Metric
from nacre.knowledge.preparing import New

ROWS, DIMENSION = 1200, 48
Vectors = NDArray[np.float32]

SIMILARITY: dict[Metric, Callable[[Vectors, Vectors], Vectors]] = {
    "cosine": lambda vectors, query: vectors @ query / np.linalg.norm(vectors, axis=1) / np.linalg.norm(query),
    "dot": lambda vectors, query: vectors @ query,
    "l2": lambda vectors, query: -np.linalg.norm(vectors - query, axis=1),
}


def in_bundles(rows: int, dimension: int) -> Vectors:
    """As those of texts lie."""
    random = np.random.default_rng(rows)
    centres = random.standard_normal((40, dimension))
    vectors = 1.5 * centres[random.integers(0, 40, rows)] + random.standard_normal((rows, dimension))
    return vectors.astype(np.float32)


VECTORS = in_bundles(ROWS, DIMENSION)
QUERIES = VECTORS[::80] + np.random.default_rng(1).standard_normal((ROWS // 80, DIMENSION)).astype(np.float32) / 4


def fill(library: Library, name: str, vectors: Vectors) -> str:
    """Named by their numbers, each with those of its hundred and of its remainder."""
    news = [New(f"{number}", "x", {"rest": number % 400}, vector) for number, vector in enumerate(vectors)]
    for first in range(0, len(news), 500):
        library.adding.add(ANN, name, news[first : first + 500])
    return name


@pytest.fixture(scope="module", params=["cosine", "dot", "l2"])
def many(request: pytest.FixtureRequest, library: Library) -> tuple[str, Metric]:
    metric: Metric = request.param
    return fill(library, library.make(f"many-{metric}", dimension=DIMENSION, metric=metric), VECTORS), metric


def found(library: Library, name: str, query: Vectors, **more: object) -> list[int]:
    return [int(one.document) for one in library.search(name, None, vector=query, **more).records]


@pytest.mark.parametrize("top_k", [1, 10, 1000])
def test_an_exact_search_finds_what_64_bits_find(library: Library, many: tuple[str, Metric], top_k: int) -> None:
    name, metric = many
    for query in QUERIES[:3] if top_k == 1000 else QUERIES:
        truth = SIMILARITY[metric](VECTORS.astype(np.float64), query.astype(np.float64))
        records = library.search(name, None, vector=query, top_k=top_k, scan="exact").records
        assert [int(one.document) for one in records] == np.argsort(-truth, kind="stable")[:top_k].tolist()
        scores = [one.similarity_score for one in records]
        assert scores == pytest.approx(np.sort(truth)[::-1][:top_k].tolist(), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("wanted", [{}, {"rest": {"gte": 40}}])
def test_a_coarse_search_finds_nearly_all_of_it(library: Library, many: tuple[str, Metric], wanted: Any) -> None:
    name, metric = many
    shares = []
    for query in QUERIES:
        exact = set(found(library, name, query, scan="exact", filter=wanted))
        coarse = library.search(name, None, vector=query, scan="coarse", filter=wanted, explain=True)
        assert coarse.explain is not None
        assert coarse.explain.coarse == (metric != "l2" or on_postgres(library))
        assert len(coarse.records) == 10
        shares.append(len(exact & {int(one.document) for one in coarse.records}) / 10)
    assert np.mean(shares) >= 0.95
    assert len(found(library, name, QUERIES[0], scan="coarse", top_k=1000, filter=wanted)) == 1000


def test_a_filter_that_leaves_few_of_very_many_leaves_them_all(library: Library, many: tuple[str, Metric]) -> None:
    name, metric = many
    for query in QUERIES[:3]:
        truth = SIMILARITY[metric](VECTORS[7::400].astype(np.float64), query.astype(np.float64))
        left = (7 + 400 * np.argsort(-truth)).tolist()
        for scan in ("exact", "coarse", "auto"):
            assert found(library, name, query, scan=scan, filter={"rest": 7}) == left
            assert len(found(library, name, query, scan=scan, filter={"rest": {"lt": 40}})) == 10


def test_what_is_taken_out_and_replaced_among_very_many_is_found_as_it_is_now(library: Library) -> None:
    name = fill(library, library.make("moving", dimension=DIMENSION), VECTORS[:600])
    library.adding.add(ANN, name, [New("3", "y", {}, -VECTORS[3])])
    library.adding.remove(ANN, name, "4")
    for scan in ("exact", "coarse"):
        assert found(library, name, -VECTORS[3], scan=scan, top_k=1) == [3]
        assert 4 not in found(library, name, VECTORS[4], scan=scan, top_k=600)
        assert len(found(library, name, VECTORS[4], scan=scan, top_k=600)) == 599


@pytest.mark.parametrize("dimension", [3000, 6000])
def test_vectors_of_very_many_numbers_are_found_too(library: Library, dimension: int) -> None:
    vectors = in_bundles(60, dimension)
    name = fill(library, library.make(f"long-{dimension}", dimension=dimension), vectors)
    for scan in ("exact", "coarse", "auto"):
        assert found(library, name, vectors[31], scan=scan, top_k=1) == [31]
