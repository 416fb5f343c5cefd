"""How fast documents are taken in: row, vector of 1536 numbers and full text, by one and by a thousand.

Promises: at least 3,000 a second in transactions of one document, at least 10,000 in those of a thousand. The peer
writes the same bytes to the same kinds of tables by plain statements. Vectors are there already.
"""

import argparse
import statistics
import time
from pathlib import Path

import apsw
import numpy as np
import sqlite_vec
from numpy.typing import NDArray

from bench._knowledge import PASSAGE, Library, clustered, library
from bench._place import home_on
from bench._result import Results

DIMENSION = 1536
PROMISED = {1: 3_000.0, 1000: 10_000.0}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--quick", action="store_true", help="one round")
    given = arguments.parse_args()
    rounds = 1 if given.quick else given.rounds
    results = Results("knowledge_insert", "taking in documents: row, vector and full text")
    with home_on("plain") as home, library(home) as shelf:
        for at_once, promised in PROMISED.items():
            measure(results, shelf, home, at_once, promised, rounds)
    results.keep()


def measure(results: Results, shelf: Library, home: Path, at_once: int, promised: float, rounds: int) -> None:
    """Round by round, so that a busy machine is as busy for both."""
    each = 1000 if at_once == 1 else 5000
    name = f"by-{at_once}"
    shelf.make(name, DIMENSION)
    peer = Peer(home / f"peer-{at_once}.db")
    ours, plainly = [], []
    for number in range(rounds):
        vectors = clustered(each, DIMENSION, number)
        began = time.perf_counter()
        shelf.fill(name, vectors, number * each, at_once)
        between = time.perf_counter()
        peer.fill(vectors, number * each, at_once)
        ours.append(each / (between - began))
        plainly.append(each / (time.perf_counter() - between))
    how = "one by one" if at_once == 1 else "by the thousand"
    results.add(f"documents {how}", statistics.median(ours), "/s", promised, at_least=True)
    results.add(f"the same by plain statements, {how}", statistics.median(plainly), "/s")


class Peer:
    def __init__(self, path: Path) -> None:
        self._database = database = apsw.Connection(str(path))
        database.enable_load_extension(True)
        database.load_extension(sqlite_vec.loadable_path())
        database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")
        database.execute("CREATE TABLE passage (id INTEGER PRIMARY KEY, text TEXT)")
        columns = f"c INTEGER PARTITION KEY, e float[{DIMENSION}], chunk_size=64"
        database.execute(f"CREATE VIRTUAL TABLE v USING vec0({columns})")
        database.execute("CREATE VIRTUAL TABLE t USING fts5(text, content='', tokenize='porter unicode61')")

    def fill(self, vectors: NDArray[np.float32], first: int, at_once: int) -> None:
        for start in range(0, len(vectors), at_once):
            some = list(enumerate(vectors[start : start + at_once], first + start))
            with self._database:
                texts = [(number, PASSAGE.format(number)) for number, _ in some]
                self._database.executemany("INSERT INTO passage VALUES (?, ?)", texts)
                self._database.executemany(
                    "INSERT INTO v (rowid, c, e) VALUES (?, 1, ?)", ((number, one.tobytes()) for number, one in some)
                )
                self._database.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", texts)


if __name__ == "__main__":
    main()
