"""How long it takes from pressing Publish until visitors get the new release: small Flask and Express apps.

Promises: a small change ≤ 3 s; the first publish of all, with nothing cached but the package registry, ≤ 20 s; a
rollback ≤ 1 s. The time is that of the call, after which a visitor must get the new page at once.
"""

import argparse
import ssl
import time
from pathlib import Path
from typing import Any

import httpx

from bench._apps import EXPRESS, FLASK, lay_out
from bench._nacre import Nacre, free_port, running
from bench._place import home_on
from bench._result import Results
from nacre.core.settings import load
from nacre.surfaces.client import over_socket
from nacre.surfaces.registry import all_operations
from nacre.surfaces.verbs import describe

_ROUNDS = 5
_OPERATIONS = all_operations()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="two changes of each app")
    rounds = 2 if arguments.parse_args().quick else _ROUNDS
    results = Results("publish", "from pressing Publish to the new release before visitors")
    for name, app in (("flask", FLASK), ("express", EXPRESS)):
        with home_on("plain") as home:
            content = free_port()
            with running(home, MODE="full", CONSOLE="false", CONTENT_PORT=str(content)) as nacre:
                _measure(results, nacre, content, name, app, rounds)
    results.keep()


def _measure(results: Results, nacre: Nacre, content: int, name: str, app: dict[str, str], rounds: int) -> None:
    nacre.call("project", "create", name)
    files = Path(nacre.call("project", "show", name)["files_path"])
    trusting = ssl.create_default_context(cafile=nacre.home / "root.crt")
    with httpx.Client(base_url=f"https://localhost:{content}", verify=trusting) as visitor:

        def pressed(operation: str, expected: int, **arguments: Any) -> tuple[float, dict[str, Any]]:
            began = time.perf_counter()
            answer = call(nacre, operation, **arguments)
            took = time.perf_counter() - began
            page = visitor.get(f"/apps/{name}/").text
            assert page == f"release {expected}", f"a visitor got {page!r} instead of release {expected}"
            return took, answer

        lay_out(app, files, 1)
        took, answer = pressed("app.publish", 1, ref=name)
        results.add(f"{name}: first publish, nothing cached but the registry", took, promise=20)
        results.note("phases", answer["release"]["phases"])
        changes = []
        for number in range(2, rounds + 2):
            lay_out(app, files, number)
            changes.append(pressed("app.publish", number, ref=name))
        changes.sort(key=lambda one: one[0])
        results.add(f"{name}: a small change, median", changes[len(changes) // 2][0], promise=3)
        results.add(f"{name}: a small change, slowest", changes[-1][0])
        results.note("phases of the slowest", changes[-1][1]["release"]["phases"])
        backs = sorted(
            pressed("app.rollback", number, app=name, to=number)[0] for number in range(1, min(rounds, 4) + 1)
        )
        results.add(f"{name}: a rollback, slowest", backs[-1], promise=1)


def call(nacre: Nacre, operation: str, **arguments: Any) -> Any:
    """Over the socket: starting the command line's Python is no part of it."""
    settings, _ = load(nacre.environment, {})
    return over_socket(settings.socket).call(describe(_OPERATIONS.get(operation)), arguments)


if __name__ == "__main__":
    main()
