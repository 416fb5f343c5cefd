"""A real daemon in a home of its own, driven through the command line."""

import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Nacre:
    """The product, run as `python -m nacre` with this home and these ports."""

    home: Path
    environment: dict[str, str]

    def call(self, *words: str) -> Any:
        """Run a verb and return its JSON answer. Raises SystemExit with what it was refused with."""
        argv = [sys.executable, "-m", "nacre", *words, "--json"]
        done = subprocess.run(argv, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"`nacre {' '.join(words)}` failed: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def url(self, ref: str) -> str:
        return str(self.call("project", "show", ref)["database_url"])

    def daemon_log(self) -> str:
        return (self.home / "log" / "daemon.log").read_text(errors="replace")


@contextmanager
def running(home: Path, **settings: str) -> Iterator[Nacre]:
    """A daemon for the length of the block; `settings` are those of nacre.toml, in capitals without NACRE_."""
    nacre = prepare(home, **settings)
    nacre.call("up", "--detach")
    try:
        yield nacre
    finally:
        nacre.call("down")


def prepare(home: Path, **settings: str) -> Nacre:
    """The product before its first `up`, on ports that are free."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("NACRE_", "PG"))}
    chosen = {"HOME": str(home), "PORT": str(free_port()), "PG_PORT": str(free_port()), "MODE": "slim", **settings}
    return Nacre(home, bare | {f"NACRE_{name}": value for name, value in chosen.items()})


def free_port() -> int:
    """Below the ports that the kernel hands out by itself, so that nobody gets it meanwhile."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as taken, suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port
    raise SystemExit("There is no free port.")
