"""How long `SELECT llm.chat(…)` takes when the same was asked before, beside `SELECT 1` on the same connection.

Promise: p50 ≤ 1 ms. Each of a hundred prompts is asked once, at a provider in a process of its own; then all of them
again and again, on one connection, without a transaction around them.
"""

import argparse
import statistics
import time

import psycopg

from bench._models import add_model, branches, provider
from bench._nacre import running
from bench._place import home_on
from bench._result import Results

PROMPTS = [f"What is known of number {number}? Say it in one sentence, please." for number in range(100)]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--quick", action="store_true", help="two rounds")
    given = arguments.parse_args()
    rounds = 2 if given.quick else given.rounds
    results = Results("llm_cache", "llm.chat in SQL when the same was asked before")
    with home_on("plain") as home, provider(20) as fake, running(home) as nacre:
        (url,) = branches(nacre, 1)
        add_model(nacre, fake.url)
        with psycopg.connect(url, autocommit=True) as connection:
            first = [took_ms(connection, "SELECT llm.chat(%s)", prompt) for prompt in PROMPTS]
            asked = fake.counts()["requests"]
            again, beside = [], []
            for _ in range(rounds):
                again += [took_ms(connection, "SELECT llm.chat(%s)", prompt) for prompt in PROMPTS]
                beside += [took_ms(connection, "SELECT %s", prompt) for prompt in PROMPTS]
            if fake.counts()["requests"] != asked:
                raise SystemExit("The provider was asked again: it was not the cache that answered.")
    results.note("p50 of the first time, ms", statistics.median(first))
    results.note("p50 of SELECT 1, ms", statistics.median(beside))
    results.note("p95 from the cache, ms", sorted(again)[int(len(again) * 0.95)])
    results.add("p50 from the cache", statistics.median(again), "ms", 1)
    results.keep()


def took_ms(connection: psycopg.Connection, statement: str, prompt: str) -> float:
    began = time.perf_counter()
    connection.execute(statement, (prompt,)).fetchone()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
