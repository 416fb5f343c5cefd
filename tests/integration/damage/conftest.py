"""Houses with a past worth damaging, and ways to damage it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.daemon import House, can_mount, house_on

from nacre.core.errors import NacreError

FILL = "INSERT INTO filler SELECT repeat(md5(random()::text), 60) FROM generate_series(1, 9000)"
"""About 18 MB of WAL: more than a segment."""


@dataclass
class Past:
    """What was true when: `moments[n]` is a time at which exactly the rows up to n were there."""

    house: House
    moments: list[datetime] = field(default_factory=list)

    @property
    def postgres(self) -> Path:
        return self.house.settings.projects / "shop" / "branches" / "main" / "postgres"

    def rows(self) -> list[int]:
        with self.house.connect("shop") as connection:
            return [number for (number,) in connection.execute("SELECT n FROM numbers ORDER BY n")]

    def write(self, count: int) -> None:
        """Commit numbers, one by one, each followed by a segment's worth of other WAL."""
        with self.house.connect("shop") as connection:
            for _ in range(count):
                connection.execute("INSERT INTO numbers VALUES (%s)", [len(self.moments)])
                self.moments.append(datetime.now(UTC))
                connection.execute(FILL)

    def show(self) -> dict[str, Any]:
        shown: dict[str, Any] = self.house.call("history.show", ref="shop")
        return shown

    def verify(self) -> dict[str, Any]:
        verified: dict[str, Any] = self.house.call("history.verify", ref="shop")
        return verified

    def refusal(self, operation: str, **arguments: Any) -> NacreError:
        with pytest.raises(NacreError) as caught:
            self.house.call(operation, **arguments)
        return caught.value

    def wait(self, condition: Callable[[], object], timeout_s: float = 20.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"not within {timeout_s:g} s"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def past() -> Iterator[Past]:
    """Rows 0 to 4 over five segments of WAL, on real copies: one base at the start."""
    with house_on("copy") as house:
        house.call("project.create", name="shop")
        past = Past(house)
        with house.connect("shop") as connection:
            connection.execute("CREATE TABLE numbers (n int); CREATE TABLE filler (pad text)")
        past.write(5)
        archive = past.postgres / "1" / "wal"
        past.wait(lambda: len(list(archive.glob("0*"))) >= 5)
        past.wait(lambda: past.verify()["ok"])
        yield past


@pytest.fixture
def dense() -> Iterator[Past]:
    """Rows 0 to 3 on copy-on-write storage, with a base at the start and another before the last row at least."""
    if not can_mount("btrfs"):
        pytest.skip("needs root and mkfs.btrfs: mounts an image")
    with house_on("btrfs") as house:
        house.call("project.create", name="shop")
        past = Past(house)
        with house.connect("shop") as connection:
            connection.execute("CREATE TABLE numbers (n int); CREATE TABLE filler (pad text)")
        past.write(3)
        past.wait(lambda: past.show()["bases"][-1]["taken_at"] > past.moments[1].isoformat())
        past.write(1)
        yield past


@contextmanager
def damaged(path: Path, how: str) -> Iterator[None]:
    """Damage a file, and put it back as it was, to the nanosecond, in the end."""
    content, status = path.read_bytes(), path.stat()
    try:
        damage(path, how)
        yield
    finally:
        path.write_bytes(content)
        path.chmod(status.st_mode)
        os.chown(path, status.st_uid, status.st_gid)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def damage(path: Path, how: str) -> None:
    match how:
        case "missing":
            path.unlink()
        case "truncated":
            os.truncate(path, path.stat().st_size // 2)
        case "flipped":
            with path.open("r+b") as file:
                file.seek(path.stat().st_size // 3)
                byte = file.read(1)
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([byte[0] ^ 4]))


@contextmanager
def undisturbed(past: Past) -> Iterator[None]:
    """Whatever is refused inside changes nothing: rows, files, log, generations; a connection stays open throughout."""
    with past.house.connect("shop") as connection:
        before = _state(past)
        yield
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert _state(past) == before


def _state(past: Past) -> object:
    files = past.house.files("shop")
    return (
        past.rows(),
        {path.name: path.read_bytes() for path in files.iterdir() if path.is_file()},
        past.house.call("log", ref="shop"),
        past.show()["generations"],
        sorted(path.name for path in past.postgres.iterdir()),
    )
