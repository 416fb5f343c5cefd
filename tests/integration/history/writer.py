"""A writer whose past is known from outside: file n is written, a counter is set to n, then row n is committed."""

import os
import random
import threading
import time
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

FOLDER = "numbered"
COUNTER = "counter"


@dataclass(frozen=True)
class Write:
    """When the writer began and ended file n (with the counter) and the commit of row n, in ns since 1970."""

    file_began: int
    file_ended: int
    commit_began: int
    commit_ended: int


@dataclass
class Writer:
    """Writes in bursts with idle gaps between them, some longer than two seconds, until `until_s` after its start."""

    url: str
    tree: Path
    until_s: float
    seed: int
    writes: list[Write] = field(default_factory=list)
    hammering: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        luck = random.Random(self.seed)
        self._counter = os.open(self.tree / COUNTER, os.O_WRONLY | os.O_CREAT)
        ends = time.monotonic() + self.until_s
        with psycopg.connect(self.url, autocommit=True) as connection:
            while time.monotonic() < ends:
                self.hammering.set()
                for _ in range(luck.randint(1, 60)):
                    self._write(connection)
                    time.sleep(luck.choice((0, 0, 0.001, 0.01)))
                self.hammering.clear()
                time.sleep(luck.choice((0.02, 0.3, 0.7, 2.3)))
            for _ in range(20):
                self._write(connection)
        os.close(self._counter)

    def _write(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        number = len(self.writes) + 1
        file_began = time.time_ns()
        (self.tree / FOLDER / name_of(number)).write_text(content_of(number))
        os.pwrite(self._counter, f"{number:8}".encode(), 0)
        file_ended = time.time_ns()
        connection.execute("INSERT INTO numbered (n) VALUES (%s)", (number,))
        self.writes.append(Write(file_began, file_ended, file_ended, time.time_ns()))

    def rows_at(self, at_ns: int) -> range:
        """How many rows the database may have held at a moment: those acknowledged by then, up to those begun."""
        certain = bisect_right(self.writes, at_ns, key=lambda write: write.commit_ended)
        possible = bisect_right(self.writes, at_ns, key=lambda write: write.commit_began)
        return range(certain, possible + 1)

    def file_skew_ns(self, at_ns: int, files: int) -> int:
        """How far files of that number are off: above 0 the last was written only later, below 0 more were there."""
        finished = bisect_right(self.writes, at_ns, key=lambda write: write.file_ended)
        begun = bisect_left(self.writes, at_ns, key=lambda write: write.file_began)
        if files > begun:
            return self.writes[files - 1].file_began - at_ns
        if files < finished:
            return self.writes[files].file_ended - at_ns
        return 0

    def gaps(self, longer_than_s: float) -> list[tuple[int, int]]:
        """The stretches without a write."""
        pairs = zip(self.writes, self.writes[1:], strict=False)
        return [
            (one.commit_ended, two.file_began)
            for one, two in pairs
            if two.file_began - one.commit_ended > longer_than_s * 1e9
        ]


def name_of(number: int) -> str:
    return f"f{number:06}"


def content_of(number: int) -> str:
    return f"{number}\n" * 50


def moment(at_ns: int) -> str:
    """As a person writes it, to the microsecond."""
    return datetime.fromtimestamp(at_ns // 1_000 / 1e6, UTC).isoformat(timespec="microseconds")
