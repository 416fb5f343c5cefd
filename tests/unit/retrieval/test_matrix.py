"""Vectors in memory: exact search is that of 64 bits, whatever was added, removed and filtered, and whoever adds."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nacre.engines.retrieval import matrix as module
from nacre.engines.retrieval.matrix import Matrix
from nacre.engines.retrieval.scan import Floats
from nacre.engines.retrieval.signs import Signs


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK_BYTES", 64 * 8 * 4)
    monkeypatch.setattr(module, "_TILE_BYTES", 16 * 8 * 4)


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


def test_each_of_many_searches_at_once_finds_what_was_there_at_some_moment_of_it() -> None:
    """While one replaces whole groups, of which a search sees the old or the new."""
    random = np.random.default_rng(5)
    matrix, rows, states = Matrix(8), 100, 60
    vectors = random.normal(size=(states, rows, 8)).astype(np.float32)
    for group in range(10):
        matrix.add(np.arange(rows) + group * rows, np.full(rows, group), vectors[group])
    told, faults = [9], []

    def search(seed: int) -> None:
        own = np.random.default_rng(seed)
        while told[0] < states - 1:
            query = own.normal(size=8).astype(np.float32)
            among = own.permutation(states)[:30] if seed % 2 else np.arange(states)
            before = told[0]
            found = [near.id for near in matrix.nearest(query, 5, among if seed % 2 else None)]
            at_some_moment = range(before, told[0] + 2)
            if found not in [_best(vectors, query, among, last) for last in at_some_moment if last < states]:
                faults.append((seed, before, found))

    searching = [threading.Thread(target=search, args=(seed,)) for seed in range(6)]
    for thread in searching:
        thread.start()
    for number in range(10, states):
        matrix.change([number - 10], np.arange(rows) + number * rows, np.full(rows, number), vectors[number])
        told[0] = number
        for _ in range(5):
            matrix.nearest(vectors[0, 0], 1)
    for thread in searching:
        thread.join()
    assert faults == []
    assert len(matrix) == 10 * rows


def _best(vectors: Floats, query: Floats, among: NDArray[np.int64], last: int) -> list[int]:
    """By brute force, when the groups up to `last` have come, and all but ten of them gone."""
    exact = vectors.astype(np.float64) @ query
    there = np.isin(np.arange(len(vectors)), among) & (np.arange(len(vectors)) <= last)
    exact[~there] = -np.inf
    exact[: last - 9] = -np.inf
    return [int(id_) for id_ in np.argsort(-exact, axis=None)[:5] if exact.flat[id_] > -np.inf]


def test_memory_is_that_of_the_vectors_and_a_few_percent() -> None:
    matrix = Matrix(384)
    matrix.add(np.arange(1000), np.arange(1000), np.ones((1000, 384), np.float32))
    assert matrix.size_bytes <= 1.05 * 1000 * 384 * 4
