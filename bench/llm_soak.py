"""Language models in SQL on a bad day: 200 connections ask at a time, and a share of what the provider does goes wrong.

Promise: every call is answered with what belongs to it or fails with an SQL error that says why, within its time; no
connection is left over, and the side-car's memory stays flat. Streams fill the cache of answers, calls go past it. The
provider is the tests' own, in a process of its own: 429, 500, 503, stalls before and in an answer, truncated answers,
bad JSON, pages of HTML, resets, slow answers.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field

import psycopg

from bench._models import EACH, Fake, add_model, branches, connected, provider, sidecar
from bench._nacre import Nacre, running
from bench._place import home_on
from bench._result import Results

WITHIN_S = 60.0
IDLE_S = 75.0
"""After so long the side-car has let go of connections to the provider that nobody uses."""
WARM_UP = 0.2
"""Of the time, in which caches fill and the heap finds its size: two minutes of ten."""
NO_CACHE = '{"cache": false}'
LIMITS = {"first_token_s": 2, "total_s": 4, "attempts": 3}


@dataclass
class Seen:
    """What came of the calls. `dishonest` ones were answered wrongly or too late, or failed without a reason."""

    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    dishonest: list[str] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Sample:
    at_s: float
    memory_mb: float
    descriptors: int


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=200, help="at a time")
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument(
        "--faults", type=float, default=0.3, help="the share of what the provider does that goes wrong"
    )
    arguments.add_argument("--quick", action="store_true", help="20 at a time, for a quarter of a minute")
    given = arguments.parse_args()
    calls, minutes = (20, 0.25) if given.quick else (given.calls, given.minutes)
    results = Results(
        "llm_soak", f"{calls} calls at a time for {minutes:g} minutes, {given.faults:.0%} of them with a fault"
    )
    with home_on("plain") as home, provider(100, 200, given.faults) as fake, running(home) as nacre:
        urls = branches(nacre, -(-calls // EACH))
        add_model(nacre, fake.url, **LIMITS)
        seen, samples = asyncio.run(soak(nacre, urls, calls, minutes * 60))
        left = leftovers(nacre, fake)
    report(results, seen, samples, left, minutes * 60)


def report(results: Results, seen: Seen, samples: list[Sample], left: dict[str, int], seconds: float) -> None:
    total = seen.answered + seen.failed.total() + len(seen.dishonest)
    for what in seen.dishonest[:10]:
        results.note("went wrong", what)
    results.note("failed with", dict(seen.failed.most_common()))
    results.note("left over", left)
    tenths = [round(memory_of(samples, at / 10, (at + 1) / 10), 1) for at in range(10)]
    results.note("memory of the side-car, MB, by tenths of the time", tenths)
    first, last = memory_of(samples, WARM_UP, 0.4), memory_of(samples, 0.8, 1)
    results.add("calls", total / seconds, "/s")
    results.add("answered", seen.answered / total, "of all", at_least=True)
    results.add("neither answered nor failed with a reason", len(seen.dishonest), "", 0)
    results.add("p50 of a call", statistics.median(seen.latencies_s) * 1000, "ms")
    results.add("longest call", max(seen.latencies_s), "s", WITHIN_S)
    results.add("connections to the provider left over", left["connections"], "", 0)
    results.add("memory of the side-car", last, "MB")
    results.add("memory, the last fifth to the second", last / first, "×", 1.05)
    results.add("memory, growth after the second minute", growth_mb_per_min(samples), "MB/min", 0.1)
    results.keep()


async def soak(nacre: Nacre, urls: list[str], calls: int, seconds: float) -> tuple[Seen, list[Sample]]:
    seen, samples, loop = Seen(), list[Sample](), asyncio.get_running_loop()
    began = loop.time()
    watching = asyncio.create_task(watch(nacre, samples, began))
    async with asyncio.TaskGroup() as group:
        for number in range(calls):
            group.create_task(ask_on(urls[number % len(urls)], number, seen, began + seconds))
    watching.cancel()
    return seen, samples


async def ask_on(url: str, number: int, seen: Seen, until: float) -> None:
    """One connection that asks, one call after another; every third is a stream."""
    rng, loop = random.Random(number), asyncio.get_running_loop()
    async with connected(url) as connection:
        while loop.time() < until:
            words = " ".join(str(rng.getrandbits(32)) for _ in range(rng.randint(1, 12)))
            began = loop.time()
            try:
                async with asyncio.timeout(WITHIN_S):
                    said = await asked(connection, words, streamed=rng.random() < 1 / 3)
            except psycopg.Error as error:
                judge_failure(seen, error)
            except TimeoutError:
                seen.dishonest.append(f"nothing within {WITHIN_S:g} s")
                return
            else:
                if said == f"You said: {words}":
                    seen.answered += 1
                else:
                    seen.dishonest.append(f"asked “{words}”, answered “{said}”")
            seen.latencies_s.append(loop.time() - began)


async def asked(connection: psycopg.AsyncConnection, words: str, *, streamed: bool) -> str:
    if not streamed:
        query = "SELECT llm.chat(%s, options => %s)"
        row = await (await connection.execute(query, (words, NO_CACHE))).fetchone()
        assert row is not None
        return str(row[0])
    async with connection.cursor() as cursor:
        return "".join(
            [str(piece) async for (piece,) in cursor.stream("SELECT piece FROM llm.chat_stream(%s)", (words,))]
        )


def judge_failure(seen: Seen, error: psycopg.Error) -> None:
    """A failure is honest that is of the models' own class and says what to do."""
    state, hint = error.sqlstate or "", error.diag.message_hint
    if state.startswith("LM") and state not in ("LM000", "LM011") and hint:
        seen.failed[state] += 1
    else:
        seen.dishonest.append(
            f"{type(error).__name__} {state}: {error.diag.message_primary} {error.diag.message_detail}"
        )


async def watch(nacre: Nacre, samples: list[Sample], began: float) -> None:
    """Every second, how much memory of its own the side-car has, and how many descriptors."""
    while True:
        await asyncio.sleep(1)
        process = sidecar(nacre)
        if process is not None:
            memory = process.memory_full_info().uss / 1e6
            samples.append(Sample(asyncio.get_running_loop().time() - began, memory, process.num_fds()))


def memory_of(samples: list[Sample], first: float, last: float) -> float:
    """The median in a part of the run."""
    part = samples[int(len(samples) * first) : max(int(len(samples) * last), int(len(samples) * first) + 1)]
    return statistics.median(sample.memory_mb for sample in part)


def growth_mb_per_min(samples: list[Sample]) -> float:
    """The slope of the line that fits best, from the end of the warming up on."""
    part = samples[int(len(samples) * WARM_UP) :]
    line = statistics.linear_regression([each.at_s for each in part], [each.memory_mb for each in part])
    return line.slope * 60


def leftovers(nacre: Nacre, fake: Fake) -> dict[str, int]:
    """What is open when nobody has called for a while."""
    process = sidecar(nacre)
    assert process is not None
    deadline = time.monotonic() + IDLE_S
    while (open_ones := fake.counts()["open_connections"]) and time.monotonic() < deadline:
        time.sleep(1)
    return {"connections": open_ones, "descriptors": process.num_fds(), "asked": fake.counts()["requests"]}


if __name__ == "__main__":
    main()
