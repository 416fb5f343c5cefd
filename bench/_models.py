"""Language models in SQL under measure: the tests' provider in a process of its own, and branches that ask it."""

import json
import math
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from bench._nacre import Nacre

EACH = 50
"""Connections to one branch: a cluster allows a few more."""


@dataclass(frozen=True)
class Fake:
    """The provider's process, which tells its counts for every line that it is sent."""

    process: subprocess.Popen[str]
    url: str

    def counts(self) -> dict[str, int]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        counts: dict[str, int] = json.loads(self.process.stdout.readline())
        return counts


@contextmanager
def provider(latency_ms: float, tokens_per_s: float = math.inf, faults: float = 0) -> Iterator[Fake]:
    """One that thinks so long before its first token; `faults` is the share of calls that go wrong."""
    told = {"latency-ms": latency_ms, "tokens-per-s": tokens_per_s, "faults": faults}
    argv = [sys.executable, "-m", "tests.provider", *(f"--{name}={value}" for name, value in told.items())]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield Fake(process, process.stdout.readline().strip())
        finally:
            process.stdin.close()


def add_model(nacre: Nacre, url: str, **limits: float) -> None:
    """Make the provider at `url` the default model."""
    nacre.call("llm", "model", "add", "fake", "--provider", "openai-compatible", "--model", "fake-large",
               "--base-url", url, "--options", json.dumps(limits), "--default")  # fmt: skip


def branches(nacre: Nacre, count: int) -> list[str]:
    """Connection strings of so many branches of a new project."""
    nacre.call("project", "create", "shop")
    names = ["shop", *(f"shop:b{number}" for number in range(1, count))]
    for name in names[1:]:
        nacre.call("branch", "create", "shop", name.partition(":")[2])
    return [nacre.url(name) for name in names]


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        yield connection


def sidecar(nacre: Nacre) -> psutil.Process | None:
    record = Path(nacre.home) / "run" / "models.json"
    return psutil.Process(json.loads(record.read_text())["pid"]) if record.exists() else None
