"""Brings the lines of one node: asks for what comes next, and puts it where the follower reads it."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from nacre.core.clock import Clock
from nacre.monitoring.afar.carried import Carried
from nacre.monitoring.afar.messages import (
    LONGEST_ANSWER_BYTES,
    LONGEST_WAIT_S,
    MOST_ASKED,
    AskLines,
    Reached,
    Wanted,
    first_of,
    note,
    read_answer,
)
from nacre.monitoring.afar.owed import Owed, Owing
from nacre.monitoring.afar.spool import Spool
from nacre.monitoring.logs.follower import SHELF, read_so_far

_MOST_WAITING_BYTES = 64 << 20
"""Of one spool on this machine's disk: what the follower does not read stays with the node."""
_QUIET_S = 20.0
_MISSED = b"[the node "


class Asks(Protocol):
    def post(self, what: str, content: bytes, most_bytes: int) -> bytes: ...


class Bringing:
    """For one thread. `shelves` is where the follower puts what it has read. The node waits for `wait_s` where it has
    nothing new, and what is gone there and has brought nothing for `quiet_s` is at its end."""

    def __init__(
        self, owed: Owed, shelves: Path, node: str, clock: Clock, wait_s: float = LONGEST_WAIT_S,
        quiet_s: float = _QUIET_S,
    ) -> None:  # fmt: skip
        self.node = node
        self._owed = owed
        self._shelves = shelves
        self._clock = clock
        self._wait_s = wait_s
        self._quiet_s = quiet_s
        self._spools: dict[int, Spool] = {}
        self._changed_s: dict[int, float] = {}
        self._done: set[int] = set()

    def bring(self, node: Asks) -> int:
        """What comes next of all that the node owes, how many bytes that were; waits a moment where there is nothing.
        Raises Refused, OSError, and what asking raises."""
        owing = {one.number: one for one in self._owed.of(self.node)[:MOST_ASKED]}
        wanted = {number: _wanted(spool) for number, spool in self._open(owing) if _has_room(spool)}
        asked = AskLines(wanted=wanted, done=tuple(sorted(self._done)[:MOST_ASKED]), wait_s=self._wait_s)
        answer = node.post("lines", asked.model_dump_json().encode(), LONGEST_ANSWER_BYTES)
        now_ms = self._now_ms()
        brought = read_answer(answer, wanted, now_ms)
        self._done -= {*asked.done}
        for number, reached in brought.reached.items():
            spool, lines = self._spools[number], brought.lines[number]
            added = [*_with_gaps(first_of(wanted[number], reached), lines, reached, now_ms, self.node)]
            spool.add(added)
            if added or reached.live or owing[number].live:
                self._changed_s[number] = time.monotonic()
            elif time.monotonic() - self._changed_s.setdefault(number, time.monotonic()) > self._quiet_s:
                self._settle(owing[number])
        return brought.size_bytes

    def miss(self, since: datetime, why: str) -> None:
        """Say in the logs of what runs there that lines are missing, once. Raises OSError."""
        owing = {one.number: one for one in self._owed.of(self.node) if one.live}
        for _, spool in self._open(owing):
            if spool.last is None or not spool.last.text.startswith(_MISSED):
                self._say(spool, f"is not heard of since {since:%Y-%m-%d %H:%M:%S} UTC: its lines follow later; {why}")

    def give_up(self) -> None:
        """The node was removed: what it did not bring is lost. Raises OSError."""
        owing = {one.number: one for one in self._owed.of(self.node)}
        for number, spool in self._open(owing):
            if spool.last is None or not spool.last.text.endswith(b"is lost]"):
                self._say(spool, "was removed: what this app wrote there and was not brought here is lost")
            if not owing[number].live:
                self._settle(owing[number])

    def _say(self, spool: Spool, words: str) -> None:
        made, number = (spool.last.made, spool.last.number) if spool.last else ("", 0)
        spool.add([note(made, number, self._now_ms(), f"the node {self.node} {words}")])

    def _open(self, owing: dict[int, Owing]) -> list[tuple[int, Spool]]:
        self._spools = {number: self._spools.get(number) or Spool(one.spool) for number, one in owing.items()}
        return [*self._spools.items()]

    def _settle(self, owing: Owing) -> None:
        """Once the follower has read it to its end."""
        status, place = owing.spool.stat(), read_so_far(self._shelves / owing.source.key / SHELF)
        read = place is not None and (place.inode, place.offset) == (status.st_ino, status.st_size)
        if status.st_size == 0 or read:
            self._owed.settle(owing)
            self._spools.pop(owing.number, None)
            self._done.add(owing.number)

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)


def _wanted(spool: Spool) -> Wanted:
    last = spool.last
    return Wanted(made="", next=1) if last is None else Wanted(made=last.made, next=last.number + 1)


def _has_room(spool: Spool) -> bool:
    return spool.taken_bytes < _MOST_WAITING_BYTES


def _with_gaps(first: int, lines: list[Carried], reached: Reached, now_ms: int, node: str) -> Iterator[Carried]:
    """The lines, and where some are missing that were let go of there, one that says how many."""
    for line in lines:
        if line.number > first:
            yield _left_out(reached.made, first, line.number, now_ms, node)
        yield line
        first = line.number + 1
    if reached.next > first:
        yield _left_out(reached.made, first, reached.next, now_ms, node)


def _left_out(made: str, first: int, end: int, now_ms: int, node: str) -> Carried:
    words = f"{end - first} lines left out: {node} did not keep them until they could be brought here"
    return note(made, end - 1, now_ms, words)
