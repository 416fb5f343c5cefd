"""Vectors in memory: exact search is that of 64 bits, whatever was added, removed and filtered, and whoever adds."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nacre.engines.retrieval import matrix as module
from nacre.engines.retrieval.matrix import Floats, Matrix
from nacre.engines.retrieval.signs import Signs


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK_BYTES", 64 * 8 * 4)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, int]]:
    """What happens to a matrix: so many are added, or a group is removed."""
    return draw(st.lists(st.tuples(st.sampled_from(["add", "add", "remove"]), st.integers(1, 90)), max_size=6))


@settings(deadline=None, max_examples=60)
@given(histories(), st.integers(0, 2**32 - 1), st.integers(1, 30), st.booleans(), st.sampled_from(["dot", "l2"]))
def test_exact_search_finds_what_brute_force_in_64_bits_finds(
    history: list[tuple[str, int]], seed: int, k: int, some: bool, metric: str
) -> None:
    random = np.random.default_rng(seed)
    matrix, last = Matrix(8, metric), 0
    living: dict[int, Floats] = {}
    for deed, number in history:
        if deed == "add":
            vectors = (random.integers(-2, 3, (number, 8)) / 7).astype(np.float32)  # with many that are the same
            ids = np.arange(last + 1, last + number + 1)
            last += number
            matrix.add(ids, ids % 5, vectors)
            living |= {int(id_): vector for id_, vector in zip(ids, vectors, strict=True)}
        else:
            matrix.remove([number % 5])
            living = {id_: vector for id_, vector in living.items() if id_ % 5 != number % 5}
    query = random.normal(size=8).astype(np.float32)
    groups = [1, 3] if some else None
    allowed = [id_ for id_ in living if groups is None or id_ % 5 in groups]
    wide = query.astype(np.float64)
    exact = {
        id_: float(living[id_] @ wide if metric == "dot" else -np.sqrt(((living[id_] - wide) ** 2).sum()))
        for id_ in allowed
    }
    expected = sorted(exact, key=lambda id_: (-exact[id_], id_))[:k]
    found = matrix.nearest(query, k, None if groups is None else np.array(groups))
    assert len(matrix) == len(living)
    assert [near.similarity for near in found] == pytest.approx([exact[id_] for id_ in expected])
    assert {near.id for near in found} <= set(allowed)
    assert matrix.similarities(query, expected) == pytest.approx({id_: exact[id_] for id_ in expected})


def test_distances_are_exact_though_all_of_it_is_far_away_and_close_together() -> None:
    random = np.random.default_rng(5)
    vectors = (1000 + random.normal(size=(3000, 16)) / 100).astype(np.float32)
    matrix = Matrix(16, "l2")
    matrix.add(np.arange(3000), np.arange(3000), vectors)
    query = vectors[7] + np.float32(0.001)
    expected = np.argsort(((vectors.astype(np.float64) - query) ** 2).sum(axis=1), kind="stable")[:10]
    assert [near.id for near in matrix.nearest(query, 10)] == expected.tolist()
    assert matrix.nearest(query, 10, coarse=True) == matrix.nearest(query, 10)


@given(st.integers(1, 130), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_signs_are_counted_whatever_the_dimension(dimension: int, rows: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(rows, dimension)).astype(np.float32)
    query = random.normal(size=dimension).astype(np.float32)
    signs = Signs(dimension)
    signs.add(0, vectors[: rows // 2])
    signs.add(rows // 2, vectors[rows // 2 :])
    expected = ((vectors > 0) != (query > 0)).sum(axis=1)
    assert signs.differing(query, rows).tolist() == expected.tolist()


def test_a_coarse_search_finds_nearly_all_that_an_exact_one_does_where_vectors_have_structure() -> None:
    random = np.random.default_rng(3)
    centres = random.normal(size=(200, 64))
    vectors = (centres[random.integers(0, 200, 20_000)] + 0.5 * random.normal(size=(20_000, 64))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    matrix = Matrix(64)
    matrix.add(np.arange(20_000), np.arange(20_000) % 7, vectors)
    hits = 0
    for query in vectors[:50]:
        exact = {near.id for near in matrix.nearest(query, 10)}
        hits += len(exact & {near.id for near in matrix.nearest(query, 10, coarse=True)})
    assert hits >= 0.9 * 500
    only = matrix.nearest(vectors[0], 10, np.array([3]), coarse=True)
    assert len(only) == 10 and all(near.id % 7 == 3 for near in only)


def test_what_is_added_meanwhile_disturbs_no_search() -> None:
    matrix, stop = Matrix(8), threading.Event()
    matrix.add([0], [0], np.ones((1, 8), np.float32))

    def add() -> None:
        for number in range(1, 3000):
            matrix.add([number], [number], np.full((1, 8), -1, np.float32))
        stop.set()

    adding = threading.Thread(target=add)
    adding.start()
    while not stop.is_set():
        assert [near.id for near in matrix.nearest(np.ones(8, np.float32), 1)] == [0]
    adding.join()
    assert len(matrix) == 3000


def test_memory_is_that_of_the_vectors_and_a_few_percent() -> None:
    matrix = Matrix(384)
    matrix.add(np.arange(1000), np.arange(1000), np.ones((1000, 384), np.float32))
    assert matrix.size_bytes <= 1.05 * 1000 * 384 * 4
