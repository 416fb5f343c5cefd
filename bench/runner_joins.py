"""A runner that is added while twenty builds wait, by the command that `nacre node add` prints.

Promise: it takes work within a second of joining, and no build is lost or done twice. The builds are of one small
static site, for twenty apps; this machine's own runner is drained, so that they wait. A second runner joins halfway.
"""

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench._nacre import Nacre, running
from bench._place import home_on
from bench._result import Results
from nacre.core.clock import system_clock
from nacre.core.store.store import Store
from nacre.jobs.job import Job
from nacre.jobs.jobs import Jobs
from nacre.jobs.states import State

WITHIN_S = 600.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--builds", type=int, default=20)
    arguments.add_argument("--quick", action="store_true", help="five builds")
    given = arguments.parse_args()
    builds = 5 if given.quick else given.builds
    results = Results("runner_joins", f"a runner added while {builds} builds wait")
    with home_on("plain") as home, running(home) as nacre:
        commit = a_site(nacre)
        nacre.call("node", "drain", "local")
        store = Store(home / "data.db")
        jobs = Jobs(store, system_clock, shared=True)
        waiting = [submit(jobs, commit, number) for number in range(builds)]
        with joined(nacre, "first", home) as first, joined(nacre, "second", home) as second:
            done = [jobs.wait(job.id, WITHIN_S) for job in waiting]
            attempts = {job.id: jobs.attempts(job.id) for job in done}
        store.close()
    began = {node: min(each.began_at for job in attempts.values() for each in job if each.runner.startswith(node))
             for node in ("first", "second")}  # fmt: skip
    results.add("joined to first build taken", (began["first"] - first.at).total_seconds(), "s", 1.0)
    results.add(
        "the second runner, joined to first build taken", (began["second"] - second.at).total_seconds(), "s", 1.0
    )
    results.add("process started to joined", (first.at - first.started).total_seconds(), "s")
    results.add("builds that did not come to their end", sum(job.state is not State.DONE for job in done), "", 0)
    results.add("builds begun more than once", sum(len(each) > 1 for each in attempts.values()), "", 0)
    taken = [each[0].runner for each in attempts.values()]
    results.note("by", {runner: taken.count(runner) for runner in sorted(set(taken))})
    ended = max(job.ended_at for job in done if job.ended_at is not None)
    results.add(f"all {builds} built", (ended - first.at).total_seconds(), "s")
    results.keep()


def a_site(nacre: Nacre) -> str:
    """A project with one page, committed; the commit."""
    nacre.call("project", "create", "shop")
    files = Path(nacre.call("project", "show", "shop")["files_path"])
    (files / "index.html").write_text("<h1>Shop</h1>")
    return str(nacre.call("git", "commit", "shop", "--message", "A page")["commit"]["sha"])


def submit(jobs: Jobs, commit: str, number: int) -> Job:
    app = f"shop-{number}"
    source = {"kind": "commit", "sha": commit}
    payload = {"project": "shop", "app": app, "release": 1, "source": source, "labels": {"bench": app}}
    return jobs.submit("build", app, payload, key=f"{app} 1")


class Joining:
    """When a runner's process was started, and when the control plane had greeted it."""

    started: datetime
    at: datetime


@contextmanager
def joined(nacre: Nacre, node: str, home: Path) -> Iterator[Joining]:
    """A runner in a process and a folder of its own, for the length of the block."""
    words = shlex.split(nacre.call("node", "add", node)["join"])
    variables = dict(word.split("=", 1) for word in words if "=" in word)
    command = [word for word in words if "=" not in word][1:]
    environment = {"PATH": os.environ["PATH"], "NACRE_HOME": str(home.parent / node), **variables}
    joining = Joining()
    joining.started = datetime.now(UTC)
    process = subprocess.Popen(
        [sys.executable, "-m", "nacre", *command, "--slots", "1"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    if not process.stdout.readline():
        raise SystemExit(f"The runner {node} did not join.")
    joining.at = datetime.now(UTC)
    try:
        yield joining
    finally:
        process.terminate()
        process.wait(60)


if __name__ == "__main__":
    main()
