"""How fast passages are found: exactly, through HTTP; side by side; while documents come in; coarsely; in what memory.

Promises for 100,000 vectors of 1536 numbers, p50, warm: at most 1.5 times numpy's product of the same matrix with the
same query in the same rounds, and a fifth of what sqlite-vec's own search of the same file takes; p95 while documents
are added at full speed at most twice the idle one; memory at most 1.1 times the vectors. For 500,000 (in this process):
exact at most 1.5 times numpy, coarse at most a quarter of exact with a recall@10 of 0.99, and exact finds what 64 bits
find. Searches on two threads are at least 1.7 times as many as on one, which has one core; that one which both cores
help is nearly as fast is told beside it. Vectors are made up, in bundles, unless --real names a file of real ones.

numpy has as many threads as the scan has. They are Python's, each with its share of the rows: as fast as OpenBLAS with
threads of its own, which spin for 26 ms after each product and would take a core from whoever is measured next. What is
measured of a search is from the first byte of the request to the last of the answer, by a client that stays connected.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import socket
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is there

import apsw
import numpy as np
import psutil
import sqlite_vec
from numpy.typing import NDArray

from bench._knowledge import PASSAGE, clustered, library
from bench._nacre import Nacre, prepare
from bench._place import home_on
from bench._result import Results

DIMENSION = 1536
Vectors = NDArray[np.float32]
CORES = len(os.sched_getaffinity(0))
POOL = ThreadPoolExecutor(CORES)


@dataclass(frozen=True)
class Query:
    """`asked` is the body of the request."""

    vector: Vectors
    asked: bytes

    @classmethod
    def of(cls, vector: Vectors) -> "Query":
        said = {"collection": "many", "query_vector": vector.tolist(), "top_k": 10, "scan": "exact"}
        return cls(vector, json.dumps(said).encode())


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("nacre")
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


class Client:
    """On one connection, with queries that are written out already: what is measured is the daemon, not the client."""

    def __init__(self, nacre: Nacre) -> None:
        self._connection = _Connection(nacre.home / "run" / "nacre.sock")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *raised: object) -> None:
        self._connection.close()

    def post(self, path: str, body: bytes) -> bytes:
        try:
            return self._post(path, body)
        except ConnectionError:  # the daemon ends connections that are idle for five seconds
            self._connection.close()
            return self._post(path, body)

    def _post(self, path: str, body: bytes) -> bytes:
        self._connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(said.decode())
        return said


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--many", type=int, default=500_000)
    arguments.add_argument("--rounds", type=int, default=30)
    arguments.add_argument("--real", type=Path, help="an .npy file of vectors of real texts: the recall of these too")
    arguments.add_argument("--quick", action="store_true", help="a tenth of everything")
    given = arguments.parse_args()
    rows, many, rounds = given.rows, given.many, given.rounds
    if given.quick:
        rows, many, rounds = rows // 10, many // 10, 10
    results = Results("knowledge_search", "exact and coarse search beside numpy and sqlite-vec")
    with home_on("plain") as home:
        by_http(results, home, clustered(rows, DIMENSION), rounds)
    in_memory(results, clustered(many, DIMENSION), rounds)
    if given.real is not None:
        of_real_texts(results, np.load(given.real))
    results.keep()


def by_http(results: Results, home: Path, vectors: Vectors, rounds: int) -> None:
    queries = [Query.of(vectors[number * 31]) for number in range(rounds)]
    with library(home) as shelf:
        shelf.make("many", DIMENSION)
        shelf.make("other", DIMENSION)
        shelf.fill("many", vectors)
    nacre = prepare(home)
    nacre.call("up", "--detach")
    try:
        with Client(nacre) as client:
            before = _anonymous_bytes(nacre)
            took_s, answer = _timed(lambda: search(client, queries[0]))
            assert len(json.loads(answer)["records"]) == 10
            results.note("the first search, which reads all from SQLite, s", took_s)
            beside_numpy(results, nacre, client, vectors, queries)
            grown = _anonymous_bytes(nacre) - before
            results.add("memory ÷ vectors", grown / vectors.nbytes, "", 1.1)
            beside_sqlite_vec(results, home, client, queries[:5])
            side_by_side(results, nacre, queries)
            while_adding(results, nacre, vectors, queries)
    finally:
        nacre.call("down")


def beside_numpy(results: Results, nacre: Nacre, client: Client, vectors: Vectors, queries: list[Query]) -> None:
    """Round by round, so that a busy machine is as busy for both."""
    ours, plainly = [], []
    pid, began_s = nacre.call("status")["pid"], time.process_time()
    daemon_s = _processor_s(pid)
    for query in queries:
        ours.append(_timed(lambda query=query: search(client, query))[0])
        plainly.append(_timed(lambda query=query: plain_scan(vectors, query.vector))[0])
    spent_s = _processor_s(pid) - daemon_s
    results.note(
        "processor time of the daemon ÷ all of this process, numpy's", spent_s / (time.process_time() - began_s)
    )
    results.note("p50 of exact search by HTTP, ms", statistics.median(ours) * 1e3)
    results.note("p50 of numpy, ms", statistics.median(plainly) * 1e3)
    rows = f"{len(vectors):,}"
    results.add(f"exact, {rows}: ÷ numpy", statistics.median(ours) / statistics.median(plainly), "", 1.5)


def beside_sqlite_vec(results: Results, home: Path, client: Client, queries: list[Query]) -> None:
    database = apsw.Connection(str(home / "data.db"), flags=apsw.SQLITE_OPEN_READONLY)
    database.enable_load_extension(True)
    database.load_extension(sqlite_vec.loadable_path())
    database.execute("PRAGMA mmap_size=30000000000")
    statement = "SELECT rowid FROM vec_knowledge WHERE collection = 1 AND embedding MATCH ? AND k = 10"
    ours, theirs = [], []
    for query in queries:
        theirs.append(_timed(lambda query=query: database.execute(statement, (query.vector.tobytes(),)).fetchall())[0])
        ours.append(_timed(lambda query=query: search(client, query))[0])
    results.add(
        "sqlite-vec's own search ÷ exact", statistics.median(theirs) / statistics.median(ours), "", 5, at_least=True
    )


def side_by_side(results: Results, nacre: Nacre, queries: list[Query]) -> None:
    """In turns, one client and two, so that a busy machine is as busy for both."""
    ratios = []
    for _ in range(3):
        one, two = _rate(nacre, queries, 1), _rate(nacre, queries, 2)
        ratios.append(two / one)
    results.note("searches a second by HTTP, two clients ÷ one that both cores help", statistics.median(ratios))


def while_adding(results: Results, nacre: Nacre, vectors: Vectors, queries: list[Query]) -> None:
    """In turns idle and busy. Who adds is a process of its own, so that the client does not wait for it."""
    idle: list[float] = []
    busy: list[float] = []
    added = 0
    with Client(nacre) as client:
        for turn in range(4):
            idle += [_timed(lambda query=query: search(client, query))[0] for query in queries]
            stop, told = multiprocessing.Event(), multiprocessing.Value("i", 0)
            adding = multiprocessing.Process(target=_add, args=(nacre, vectors[turn], turn, stop, told))
            adding.start()
            while told.value < 20:
                time.sleep(0.01)
            busy += [_timed(lambda query=query: search(client, query))[0] for query in queries]
            stop.set()
            adding.join()
            added += told.value
    results.note("documents added meanwhile", added)
    results.note("p50 while adding ÷ idle", statistics.median(busy) / statistics.median(idle))
    results.add("p95 while adding ÷ idle", _p95(busy) / _p95(idle), "", 2)


def _add(nacre: Nacre, vector: Vectors, turn: int, stop: Any, told: Any) -> None:
    """One by one, as fast as they are taken; the numbers are written out once, to leave the machine to the daemon."""
    numbers = json.dumps(vector.tolist())
    with Client(nacre) as client:
        while not stop.is_set():
            document = f'{{"name": "{turn}-{told.value}", "text": "{PASSAGE.format(told.value)}", "vector": {numbers}}}'
            path = "/api/knowledge/collections/other/documents"
            client.post(path, f'{{"documents": [{document}]}}'.encode())
            told.value += 1


def in_memory(results: Results, vectors: Vectors, rounds: int) -> None:
    from nacre.engines.retrieval.matrix import Matrix

    matrix = Matrix(DIMENSION)
    numbers = np.arange(len(vectors))
    matrix.add(numbers, numbers, vectors)
    random = np.random.default_rng(1)
    exact, coarse, plainly, found, right = [], [], [], 0, 0
    for number in range(rounds):
        query = vectors[random.integers(len(vectors))] + random.standard_normal(DIMENSION, dtype=np.float32) / 50
        took_s, truth = _timed(lambda query=query: matrix.nearest(query, 10))
        exact.append(took_s)
        took_s, some = _timed(lambda query=query: matrix.nearest(query, 10, coarse=True))
        coarse.append(took_s)
        plainly.append(_timed(lambda query=query: plain_scan(vectors, query))[0])
        found += len({near.id for near in truth} & {near.id for near in some})
        if number < 10:
            right += len({near.id for near in truth} & brute_force(vectors, query))
    rows = f"{len(vectors):,}"
    results.add(f"exact, {rows}: ÷ numpy", statistics.median(exact) / statistics.median(plainly), "", 1.5)
    results.add(f"coarse ÷ exact, {rows}", statistics.median(coarse) / statistics.median(exact), "", 0.25)
    results.add("recall@10 of coarse search", found / rounds / 10, "", 0.99, at_least=True)
    results.add("recall@10 of exact search, beside 64 bits", right / min(rounds, 10) / 10, "", 1, at_least=True)
    on_two_threads(results, vectors[: len(vectors) // 5])


def on_two_threads(results: Results, vectors: Vectors) -> None:
    """One thread with a core to itself, one that all cores help, and two threads, in turns."""
    from nacre.engines.retrieval.matrix import Matrix
    from nacre.engines.retrieval.scan import CORES as SHARED

    matrix = Matrix(DIMENSION)
    numbers = np.arange(len(vectors))
    matrix.add(numbers, numbers, vectors)

    def rate(threads: int, cores: int) -> float:
        SHARED.count, counts, end = cores, [0] * threads, time.perf_counter() + 1

        def ask(number: int) -> None:
            while time.perf_counter() < end:
                matrix.nearest(vectors[31 * (number + counts[number]) % len(vectors)], 10)
                counts[number] += 1

        asking = [threading.Thread(target=ask, args=(number,)) for number in range(threads)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        return sum(counts)

    rates = [(rate(1, 1), rate(1, CORES), rate(2, CORES)) for _ in range(5)]
    alone, helped, two = (statistics.median(each) for each in zip(*rates, strict=True))
    results.add("searches on two threads ÷ on one, of one core", two / alone, "", 1.7, at_least=True)
    results.note("searches on two threads ÷ on one that both cores help", two / helped)


def of_real_texts(results: Results, vectors: Vectors) -> None:
    """The last 500 are sought among all others."""
    from nacre.engines.retrieval.matrix import Matrix

    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    queries, vectors = vectors[-500:], vectors[:-500]
    matrix = Matrix(vectors.shape[1])
    numbers = np.arange(len(vectors))
    matrix.add(numbers, numbers, vectors)
    found = right = 0
    for query in queries:
        truth = brute_force(vectors, query)
        found += len(truth & {near.id for near in matrix.nearest(query, 10, coarse=True)})
        right += len(truth & {near.id for near in matrix.nearest(query, 10)})
    texts = f"{len(vectors):,} real texts"
    results.add(f"recall@10 of coarse search, {texts}", found / len(queries) / 10, "", 0.99, at_least=True)
    results.add(f"recall@10 of exact search, {texts}", right / len(queries) / 10, "", 1, at_least=True)


def plain_scan(vectors: Vectors, query: Vectors) -> Vectors:
    products = np.empty(len(vectors), np.float32)
    bounds = np.linspace(0, len(vectors), CORES + 1).astype(int)

    def share(number: int) -> None:
        rows = slice(bounds[number], bounds[number + 1])
        np.dot(vectors[rows], query, out=products[rows])

    others = [POOL.submit(share, number) for number in range(1, CORES)]
    share(0)
    for other in others:
        other.result()
    return products


def brute_force(vectors: Vectors, query: Vectors) -> set[int]:
    wide = query.astype(np.float64)
    scores = np.concatenate([vectors[at : at + 20_000] @ wide for at in range(0, len(vectors), 20_000)])
    return set(np.argsort(-scores)[:10].tolist())


def search(client: Client, query: Query) -> bytes:
    return client.post("/api/ai/search", query.asked)


def _rate(nacre: Nacre, queries: list[Query], clients: int, for_s: float = 3.0) -> float:
    counts = [0] * clients
    end = time.perf_counter() + for_s

    def ask(number: int) -> None:
        with Client(nacre) as client:
            while time.perf_counter() < end:
                search(client, queries[(number + counts[number]) % len(queries)])
                counts[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / for_s


def _processor_s(pid: int) -> float:
    """Tells on a busy machine what the clock cannot."""
    spent = psutil.Process(pid).cpu_times()
    return float(spent.user + spent.system)


def _anonymous_bytes(nacre: Nacre) -> int:
    """What the daemon holds of its own: the pages of data.db that it maps are the file system's."""
    rollup = Path(f"/proc/{nacre.call('status')['pid']}/smaps_rollup").read_text()
    return next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Anonymous:"))


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


if __name__ == "__main__":
    main()
