"""What a vectorizer makes of a model: its throughput ÷ what the model alone gives at the same concurrency.

A table is filled, and the time counts from the making of its vectorizer until it is in step: triggers, queue, cutting,
embedding, storing, index of words. Alone is the same texts in the same batches, as many calls at once, and nothing
else. In turns, on a bare PostgreSQL; the model over HTTP is the tests' fake in a process of its own, which takes
`--latency-ms` for each call. Promise: ≥ 0.9, for the local model and over HTTP.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from tests.integration.llm.databases import Database, database

from bench._result import Results
from nacre.core.clock import system_clock
from nacre.core.secrets import SecretBox
from nacre.llm.caller import HOME, Caller
from nacre.llm.configuration import Configuration
from nacre.llm.desk import Desk
from nacre.llm.embedding.functions import BATCH
from nacre.llm.functions import allowed, load_all
from nacre.llm.opening import open_desk

SITE = "elsewhere/bench"
OWNER = Caller(HOME, admin=True, person="owner", by_daemon=True)
PERSON = Caller(SITE, "shop", "shop", admin=True)
WORDS = ("pearl", "layer", "shell", "time", "branch", "table", "query", "vector", "text", "model", "cost", "ocean")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument(
        "--rows", type=int, nargs=2, default=[600, 12_000], help="for the local model, and over HTTP"
    )
    arguments.add_argument("--words", type=int, default=80, help="in each row")
    arguments.add_argument("--latency-ms", type=float, default=250)
    arguments.add_argument("--at-once", type=int, default=8, help="calls under way over HTTP")
    arguments.add_argument("--quick", action="store_true", help="small, and short")
    given = arguments.parse_args()
    rounds, (local, remote) = (1, (200, 4000)) if given.quick else (given.rounds, given.rows)
    results = Results("vectorizer", "throughput of a vectorizer ÷ the model alone, at the same concurrency")
    kinds = {"local": (local, 1), "http": (remote, given.at_once)}
    with provider(given.latency_ms) as url, database() as db, tempfile.TemporaryDirectory() as home:
        asyncio.run(measure(results, db, Path(home), url, rounds, kinds, given.words))
    results.keep()


async def measure(
    results: Results, db: Database, home: Path, url: str, rounds: int, kinds: dict[str, tuple[int, int]], words: int
) -> None:
    desk = await opened(home, db, url, {kind: at_once for kind, (_, at_once) in kinds.items()})
    for kind, (rows, at_once) in kinds.items():
        texts = [" ".join(random.choices(WORDS, k=words)) + f" {number}" for number in range(rows)]
        rates: dict[str, list[float]] = {"alone": [], "vectorizer": []}
        await alone(desk, kind, texts[:BATCH], at_once)
        for number in range(rounds):
            for what in ("alone", "vectorizer") if number % 2 else ("vectorizer", "alone"):
                work = alone(desk, kind, texts, at_once) if what == "alone" else vectorized(desk, db, kind, texts)
                rates[what].append(rows / await work)
        results.note(f"{kind}, {at_once} calls at once, texts a second", rates)
        ratios = [mine / alone for mine, alone in zip(rates["vectorizer"], rates["alone"], strict=True)]
        results.add(f"{kind}: vectorizer ÷ model alone", statistics.median(ratios), "×", 0.9, at_least=True)
    await desk.close()


async def alone(desk: Desk, kind: str, texts: list[str], at_once: int) -> float:
    """Seconds for all texts, so many calls at once, each of a batch as the vectorizer sends them."""
    way = await desk.reach.way(PERSON, desk.models.find(PERSON.scope, kind, "embedding"))
    batches = iter([texts[first : first + BATCH] for first in range(0, len(texts), BATCH)])

    async def caller() -> None:
        for batch in batches:
            await way.embed(batch)

    began = time.monotonic()
    await asyncio.gather(*[caller() for _ in range(at_once)])
    return time.monotonic() - began


async def vectorized(desk: Desk, db: Database, kind: str, texts: list[str]) -> float:
    """Seconds from the making of a vectorizer until it is in step."""
    await asyncio.to_thread(filled, db, texts)
    began = time.monotonic()
    wanted = {"columns": ["body"], "embedding": {"model": kind}, "chunking": {"by": "none"}}
    settings = await call(desk, PERSON, "vectorizer_settle", wanted=wanted)
    await asyncio.to_thread(db.sql, "SELECT llm_data.set_up('docs', '{body}', %s)", json.dumps(settings))
    with db.connect() as connection:
        while await asyncio.to_thread(waiting, connection):
            await asyncio.sleep(0.1)
    spent = time.monotonic() - began
    assert db.sql("SELECT state, chunks FROM llm.vectorizer_status('docs')") == [("in step", len(texts))]
    await asyncio.to_thread(db.sql, "SELECT llm.drop_vectorizer('docs'); DROP TABLE docs")
    return spent


def waiting(connection: "psycopg.Connection[Any]") -> bool:
    """Whether anything is left to do. Its status would tell more, and cost what is being measured some percent."""
    found = connection.execute("SELECT EXISTS (SELECT FROM llm.vectorizer_queue)").fetchone()
    return found == (True,)


def filled(db: Database, texts: list[str]) -> None:
    with db.connect("shop") as connection:
        connection.execute("CREATE TABLE docs (id bigint PRIMARY KEY, body text)")
        connection.execute("INSERT INTO docs SELECT n, t FROM unnest(%s::text[]) WITH ORDINALITY AS x (t, n)", [texts])
        connection.execute("VACUUM ANALYZE docs")


async def opened(home: Path, db: Database, url: str, at_once: dict[str, int]) -> Desk:
    load_all()
    box = SecretBox(home / "secret.key")
    desk = await open_desk(Configuration(home=home, daemon_uid=0), box, system_clock)
    sealed = box.seal(db.conninfo("llm_worker"), f"site {SITE} llm_worker")

    def known(connection: Any) -> None:
        connection.execute("INSERT INTO site VALUES (?, '', NULL, ?, 0)", (SITE, sealed))

    await desk.store.write(known)
    await call(desk, OWNER, "add_model", name="http", kind="embedding", provider="openai", model="fake-small",
               key="any", base_url=url, options={"concurrency": at_once["http"]})  # fmt: skip
    return desk


async def call(desk: Desk, caller: Caller, name: str, /, **arguments: Any) -> Any:
    function, args = allowed(name, arguments, caller, streams=False)
    assert function.handler is not None
    return await function.handler(desk, caller, args)


@contextmanager
def provider(latency_ms: float) -> Iterator[str]:
    """The tests' fake provider as a process of its own; its address."""
    argv = [sys.executable, "-m", "tests.provider", "--latency-ms", str(latency_ms)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


if __name__ == "__main__":
    main()
