"""How long after the provider's first token the first row of `llm.chat_stream(…)` is there, and how the others follow.

Promise: the first row ≤ 30 ms after the first token, p50. It is read by a cursor, row by row: Postgres sends the rows
of a plain SELECT when it has 8 kB of them. The provider is in the same process as the client, so that both read one
clock; it thinks for 200 ms and then says 100 tokens a second. Beside it, the same stream over HTTP directly.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator

import httpx
import psycopg
from tests.provider import FakeProvider

from bench._models import add_model, branches
from bench._nacre import running
from bench._place import home_on
from bench._result import Results

THINKS_S = 0.2
TOKENS_PER_S = 100
WORDS = " ".join(f"word{number}" for number in range(12))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=30)
    arguments.add_argument("--quick", action="store_true", help="five rounds")
    given = arguments.parse_args()
    rounds = 5 if given.quick else given.rounds
    results = Results("llm_stream", "rows of llm.chat_stream beside the tokens that they are made of")
    with home_on("plain") as home, FakeProvider() as fake, running(home) as nacre:
        fake.latency_s, fake.tokens_per_s = THINKS_S, TOKENS_PER_S
        (url,) = branches(nacre, 1)
        add_model(nacre, fake.base_url)
        by_sql, directly, spread = [], [], []
        with psycopg.connect(url, autocommit=True) as connection, httpx.Client(timeout=60) as client:
            for number in range(rounds + 1):
                rows = list(arrivals(rows_of(connection, f"{number} {WORDS}")))
                told = first_token_at(fake)
                tokens = list(arrivals(tokens_of(client, fake.base_url, f"{number} {WORDS}")))
                if number:  # the first of all makes the connections
                    by_sql.append((rows[0] - told) * 1000)
                    directly.append((tokens[0] - first_token_at(fake)) * 1000)
                    spread.append(rows[-1] - rows[0])
    results.note("p50 of the first token over HTTP directly, ms after it was said", statistics.median(directly))
    results.note("from the first row to the last, s", statistics.median(spread))
    results.add("first row after the provider's first token, p50", statistics.median(by_sql), "ms", 30)
    results.add("first row after the provider's first token, p95", sorted(by_sql)[int(len(by_sql) * 0.95)], "ms")
    results.keep()


def first_token_at(fake: FakeProvider) -> float:
    """When the provider said the first token of what it was asked last: a moment late at most, never early."""
    return fake.asked[-1].at + THINKS_S + 1 / TOKENS_PER_S


def arrivals(pieces: Iterator[object]) -> Iterator[float]:
    """When each came."""
    for _ in pieces:
        yield time.monotonic()


def rows_of(connection: psycopg.Connection, prompt: str) -> Iterator[object]:
    with connection.transaction(), connection.cursor("stream") as cursor:
        cursor.itersize = 1
        cursor.execute("SELECT piece FROM llm.chat_stream(%s)", (prompt,))
        yield from cursor


def tokens_of(client: httpx.Client, url: str, prompt: str) -> Iterator[object]:
    body = {"model": "fake-large", "stream": True, "messages": [{"role": "user", "content": prompt}]}
    with client.stream("POST", f"{url}/chat/completions", json=body) as answer:
        for line in answer.iter_lines():
            said = json.loads(line[6:])["choices"] if line.startswith("data: {") else []
            if said and said[0]["delta"].get("content"):
                yield said


if __name__ == "__main__":
    main()
