"""Connects to a database in a loop, in a process of its own, and tells how long connections failed.

`python -m bench._outage URL` says “ready” once connected, goes on until its input is closed, then prints the seconds.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg


@dataclass
class Outage:
    """Seconds from the first connection that failed to the first that came through again, the longest such stretch;
    `attempts` is how many connections were tried. Filled in when the watch ends."""

    seconds: float = 0.0
    attempts: int = 0


@contextmanager
def watched(url: str) -> Iterator[Outage]:
    """Connect again and again for the length of the block."""
    outage = Outage()
    argv = [sys.executable, "-m", "bench._outage", url]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield outage
    finally:
        said, _ = process.communicate()
        outage.seconds, outage.attempts = json.loads(said)


def main(url: str) -> None:
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    longest, attempts, failing_since = 0.0, 0, None
    while not stop.is_set() or failing_since is not None:
        began = time.monotonic()
        attempts += 1
        try:
            with psycopg.connect(url, connect_timeout=10) as connection:
                connection.execute("SELECT 1")
        except psycopg.Error:
            failing_since = failing_since or began
        else:
            if failing_since is not None:
                longest = max(longest, time.monotonic() - failing_since)
            failing_since = None
            if attempts == 1:
                print("ready", flush=True)
        time.sleep(0.02)  # more often, and connecting alone would take a core from what is measured
    print(json.dumps([longest, attempts]))


if __name__ == "__main__":
    main(sys.argv[1])
