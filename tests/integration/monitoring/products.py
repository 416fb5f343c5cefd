"""Prometheus, Alertmanager and VictoriaMetrics as Debian has them: run, asked, and ended."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.waiting import eventually

PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager", "amtool", "victoria-metrics", "vmalert")


def need_products() -> None:
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


@dataclass(frozen=True)
class Product:
    """A server on loopback, and who asks it."""

    address: str
    client: httpx.Client

    def get(self, path: str, **query: str) -> Any:
        answer = self.client.get(path, params=query)
        assert answer.is_success, f"{path} {query}: {answer.text}"
        return answer.json()

    def query(self, expression: str, at_s: float | None = None) -> dict[tuple[tuple[str, str], ...], float]:
        """What an expression gives, by labels without its name."""
        at = {} if at_s is None else {"time": str(at_s)}
        data = self.get("/api/v1/query", query=expression, **at)["data"]
        assert data["resultType"] == "vector", expression
        return {
            tuple(sorted((name, value) for name, value in one["metric"].items() if name != "__name__")): float(
                one["value"][1]
            )
            for one in data["result"]
        }


def check(*argv: str, folder: Path) -> None:
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"


@contextmanager
def prometheus(folder: Path, configuration: str = "prometheus.yml", *more: str, address: str = "") -> Iterator[Product]:
    """With a configuration and its data in a folder; `more` is put behind its command line."""
    address = address or free_address()
    with _running(
        ["prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}",
         f"--web.listen-address={address}", *more],
        folder, address, "/-/ready",
    ) as product:  # fmt: skip
        yield product


@contextmanager
def alertmanager(folder: Path, address: str) -> Iterator[Product]:
    with _running(
        ["prometheus-alertmanager", "--config.file=alertmanager.yml", f"--storage.path={folder / 'alerts'}",
         f"--web.listen-address={address}", "--cluster.listen-address="],
        folder, address, "/-/ready",
    ) as product:  # fmt: skip
        yield product


@contextmanager
def victoria_metrics(folder: Path) -> Iterator[Product]:
    address = free_address()
    with _running(
        ["victoria-metrics", "-promscrape.config=promscrape.yml", f"-storageDataPath={folder / 'victoria'}",
         f"-httpListenAddr={address}", "-memory.allowedBytes=64MB", "-search.latencyOffset=0s"],
        folder, address, "/health",
    ) as product:  # fmt: skip
        yield product


@contextmanager
def _running(argv: list[str], folder: Path, address: str, ready: str) -> Iterator[Product]:
    log = folder / f"{argv[0]}.log"
    with log.open("wb") as to:
        process = subprocess.Popen(
            argv, cwd=folder, stdout=to, stderr=to, stdin=subprocess.DEVNULL, env={**os.environ, "GOMAXPROCS": "2"}
        )
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=20) as client:
            eventually(lambda: process.poll() is not None or _answers(client, ready), within_s=30)
            assert process.poll() is None, log.read_text()
            yield Product(address, client)
    finally:
        process.kill()
        process.wait()


def _answers(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx.HTTPError:
        return False


def free_address() -> str:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{listening.getsockname()[1]}"
