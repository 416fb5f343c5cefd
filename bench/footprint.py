"""What Nacre takes before anything happens: seconds to come up and to make a project, memory while idle.

Promises: project create ≤ 1.5 s, `up` to ready once installed ≤ 3 s; idle daemon ≤ 120 MB, idle small cluster ≤ 60 MB
(PSS: shared pages count by their share, so figures are a little lower where other programs share them).
"""

import argparse
import statistics
import time

from bench._nacre import Nacre, prepare
from bench._place import home_on
from bench._result import Results
from bench._traffic import MB, ask
from nacre.engines.processes.memory import own_pss_bytes, pss_bytes


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--storage", default="plain", choices=["btrfs", "xfs", "plain"])
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--quick", action="store_true", help="one round, a shorter idle time")
    given = arguments.parse_args()
    rounds, idle_s = (1, 3) if given.quick else (given.rounds, 20)
    results = Results("footprint", "coming up, making a project, and what is held while idle")
    with home_on(given.storage) as home:
        nacre = prepare(home)
        installing_s = seconds_of(nacre, "up", "--detach")
        try:
            measure(results, nacre, rounds, idle_s)
        finally:
            nacre.call("down")
    results.note("the first up of all, which installs PostgreSQL", installing_s)
    results.keep()


def measure(results: Results, nacre: Nacre, rounds: int, idle_s: float) -> None:
    creations = [seconds_of(nacre, "project", "create", f"shop{number}") for number in range(rounds)]
    starts = []
    for _ in range(rounds):
        nacre.call("down")
        starts.append(seconds_of(nacre, "up", "--detach"))
    results.add("project create", statistics.median(creations), "s", 1.5)
    results.add(f"up to ready, {rounds} projects", statistics.median(starts), "s", 3)
    ask(nacre.url("shop0"), "SELECT 1")
    time.sleep(idle_s)
    status = nacre.call("status")
    time.sleep(1)
    clusters = [pss_bytes(branch["pid"]) / MB for branch in status["branches"]]
    results.add("idle daemon", own_pss_bytes(status["pid"]) / MB, "MB", 120)
    results.add("idle small cluster, the largest", max(clusters), "MB", 60)


def seconds_of(nacre: Nacre, *words: str) -> float:
    began = time.monotonic()
    nacre.call(*words)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
