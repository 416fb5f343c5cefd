"""Passages on PostgreSQL: how fast they are found and taken in, and how many of the nearest the graph (HNSW) leads to.

The peer is the same search on SQLite, whose vectors are scanned in memory; all in this process, by turns. Vectors are
made up, in bundles, as those of texts lie. There is no promise: it shows what is given for several daemons that share
one database, and when a graph is worth its time.
"""

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue
from tests.database import OnPostgres, postgres_with

from bench._knowledge import Library, clustered, library
from bench._place import home_on
from bench._result import Results
from nacre.core.principals import OWNER
from nacre.core.store.tables import metadata
from nacre.knowledge.index import Scan
from nacre.knowledge.legs import Asked
from nacre.knowledge.recall import Sampler
from nacre.knowledge.tables import is_knowledge

Vectors = NDArray[np.float32]
K = 10


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument("--rounds", type=int, default=100)
    arguments.add_argument("--quick", action="store_true", help="384 numbers alone, and few rounds")
    given = arguments.parse_args()
    results = Results("knowledge_postgres", "passages on PostgreSQL with pgvector, beside SQLite")
    tables = [table for table in metadata.sorted_tables if is_knowledge(table.name)]
    for dimension in (384,) if given.quick else (384, 1536):
        vectors = clustered(given.rows, dimension)
        with home_on("plain") as home, library(Path(home)) as ours, postgres_with(tables) as engine:
            theirs = Library.over(OnPostgres(engine), Sampler())
            measure(results, ours, theirs, vectors, 10 if given.quick else given.rounds)
    results.keep()


def measure(results: Results, ours: Library, theirs: Library, vectors: Vectors, rounds: int) -> None:
    size = f"{len(vectors):,} × {vectors.shape[1]}"
    for name, shelf in (("SQLite", ours), ("PostgreSQL", theirs)):
        shelf.make("many", vectors.shape[1])
        first, last, rate = 2000, len(vectors) - 500, "documents by the thousand"
        results.add(f"{size}: {rate}, the first {first:,}, {name}", taken_in(shelf, vectors[:first], 0, 1000), "/s")
        results.add(f"{size}: {rate}, the others, {name}", taken_in(shelf, vectors[first:last], first, 1000), "/s")
        results.add(f"{size}: documents one by one, {name}", taken_in(shelf, vectors[last:], last, 1), "/s")
    random = np.random.default_rng(1)
    noise = random.standard_normal((rounds, vectors.shape[1]), dtype=np.float32) / 20
    queries = vectors[random.integers(len(vectors), size=rounds)] + noise
    filters: dict[str, dict[str, JsonValue]] = {
        "": {},
        ", of a tenth": {"tenth": 3},
        ", of a hundredth": {"hundredth": 3},
    }
    sides: dict[str, tuple[Library, Scan]] = {
        "SQLite, exact": (ours, "exact"), "PostgreSQL, exact": (theirs, "exact"), "PostgreSQL": (theirs, "auto"),
    }  # fmt: skip
    for what, wanted in filters.items():
        times: dict[str, list[float]] = {side: [] for side in sides}
        shares = []
        for query in queries:
            found = {}
            for side, (shelf, scan) in sides.items():
                began = time.perf_counter()
                found[side] = search(shelf, query, wanted, scan)
                times[side].append(time.perf_counter() - began)
            assert found["SQLite, exact"] == found["PostgreSQL, exact"], "exact is exact"
            shares.append(len(found["SQLite, exact"] & found["PostgreSQL"]) / K)
        for side, took in times.items():
            results.add(f"{size}{what}: p50, {side}", statistics.median(took) * 1e3, "ms")
        results.add(f"{size}{what}: recall@{K}, PostgreSQL", statistics.mean(shares), "")


def taken_in(shelf: Library, vectors: Vectors, first: int, at_once: int) -> float:
    began = time.perf_counter()
    shelf.fill("many", vectors, first, at_once)
    return len(vectors) / (time.perf_counter() - began)


def search(shelf: Library, query: Vectors, wanted: dict[str, JsonValue], scan: Scan) -> set[str]:
    asked = Asked(["many"], None, query, K, "vector", wanted, scan)
    return {record.document for record in shelf.searching.search(OWNER, asked).records}


if __name__ == "__main__":
    main()
