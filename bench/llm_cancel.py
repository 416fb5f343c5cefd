"""How soon control is back, and the provider's connection closed, when a call is cancelled or takes too long.

Promise: ≤ 100 ms for both, by a cancel or by `statement_timeout`, in a call and in the middle of a stream. For a client
that goes away Postgres looks once a second; that is only told. The provider is in the same process, so that both read
one clock, and never answers. Beside it, an HTTP client that closes the same call by itself.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Callable

import httpx
import psycopg
from psycopg import errors
from tests.provider import FakeProvider, Fault

from bench._models import add_model, branches
from bench._nacre import running
from bench._place import home_on
from bench._result import Results

CALL = "SELECT llm.chat(%s)"
STREAM = "SELECT piece FROM llm.chat_stream(%s)"
TIMEOUT_S = 0.3
WITHIN_S = 10.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--quick", action="store_true", help="two rounds")
    given = arguments.parse_args()
    rounds = 2 if given.quick else given.rounds
    results = Results("llm_cancel", "from a cancel to control returned and the provider's connection closed")
    with home_on("plain") as home, FakeProvider() as fake, running(home) as nacre:
        (url,) = branches(nacre, 1)
        add_model(nacre, fake.base_url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(CALL, ("hello",))
            ways: dict[str, Callable[[], tuple[float, float]]] = {
                "a call, cancelled": lambda: cancelled(connection, fake, CALL, "stall"),
                "a stream, cancelled in the middle": lambda: cancelled(connection, fake, STREAM, "stall-midway"),
                "a call, statement_timeout": lambda: timed_out(connection, fake),
            }
            for what, way in ways.items():
                took = [way() for _ in range(rounds)]
                for part, figures in zip(("control", "closed"), zip(*took, strict=True), strict=True):
                    results.add(f"{what}: {part}, p50", statistics.median(figures) * 1000, "ms", 100)
                results.note("the slowest, ms", max(max(each) for each in took) * 1000)
        gone = statistics.median(left(url, fake) for _ in range(rounds))
        results.add("a client that goes away: closed, p50", gone * 1000, "ms")
        alone = statistics.median(by_itself(fake) for _ in range(rounds))
        results.note("closed by an HTTP client by itself, ms", alone * 1000)
    results.keep()


def cancelled(connection: psycopg.Connection, fake: FakeProvider, statement: str, how: str) -> tuple[float, float]:
    """Seconds from the client's cancel until it has control, and until the provider saw its connection closed."""
    fake.script(Fault("stall") if how == "stall" else Fault("stall-midway", after=2))
    before, closed, began = fake.requests, fake.closed_by_client, [0.0]

    def cancel() -> None:
        wait_until(lambda: fake.requests > before)
        time.sleep(0.1)
        began[0] = time.monotonic()
        connection.cancel_safe()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    back = refused_at(connection, statement)
    canceller.join()
    return back - began[0], closed_at(fake, closed) - began[0]


def timed_out(connection: psycopg.Connection, fake: FakeProvider) -> tuple[float, float]:
    fake.script(Fault("stall"))
    closed = fake.closed_by_client
    connection.execute(f"SET statement_timeout = {TIMEOUT_S * 1000:.0f}")
    began = time.monotonic() + TIMEOUT_S
    back = refused_at(connection, CALL)
    connection.execute("SET statement_timeout = 0")
    return back - began, closed_at(fake, closed) - began


def left(url: str, fake: FakeProvider) -> float:
    """Seconds from the end of a client until the provider saw its connection closed."""
    fake.script(Fault("stall"))
    before, closed = fake.requests, fake.closed_by_client
    with psycopg.connect(url, autocommit=True) as connection:
        connection.pgconn.send_query(b"SELECT llm.chat('" + str(time.monotonic()).encode() + b"')")
        connection.pgconn.flush()
        wait_until(lambda: fake.requests > before)
        began = time.monotonic()
        connection.pgconn.finish()
        return closed_at(fake, closed) - began


def by_itself(fake: FakeProvider) -> float:
    fake.script(Fault("stall"))
    closed = fake.closed_by_client
    with httpx.Client(timeout=0.2) as client:
        began = time.monotonic() + 0.2
        try:
            client.post(f"{fake.base_url}/chat/completions", json={"model": "x", "messages": []})
        except httpx.TimeoutException:
            return closed_at(fake, closed) - began
    raise SystemExit("The provider answered where it should have stalled.")


def refused_at(connection: psycopg.Connection, statement: str) -> float:
    try:
        connection.execute(statement, (f"never answered {time.monotonic()}",))
    except errors.QueryCanceled:
        return time.monotonic()
    raise SystemExit("The statement was not cancelled.")


def closed_at(fake: FakeProvider, before: int) -> float:
    """When the provider saw a connection closed in mid-answer, of which there were so many before."""
    wait_until(lambda: fake.closed_by_client > before)
    assert fake.last_closed_at is not None
    return fake.last_closed_at


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit(f"Nothing happened within {WITHIN_S:g} s.")
        time.sleep(0.001)


if __name__ == "__main__":
    main()
