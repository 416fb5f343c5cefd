"""At a node: gives lines of its apps' logs to the control plane, from the shelves that its own follower keeps."""

import secrets
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from nacre.core.errors import InvalidInput
from nacre.core.whole import write_whole
from nacre.engines.logs.line import Line
from nacre.engines.logs.query import Query
from nacre.engines.logs.reader import Reader
from nacre.engines.logs.search import follow
from nacre.monitoring.afar.carried import Carried
from nacre.monitoring.afar.messages import (
    LONGEST_ANSWER_BYTES,
    MOST_LINES,
    AskLines,
    Head,
    Reached,
    Wanted,
    first_of,
    write_answer,
)
from nacre.monitoring.logs.follower import SHELF
from nacre.monitoring.logs.source import Source, read_plan

_MADE = "made"
_LOOK_EVERY_S = 0.2
_MOST_BYTES = LONGEST_ANSWER_BYTES // 2
_NOT_BEGUN = Reached(made="", next=1, live=True)


def of_instance(number: int, app: str, path: Path) -> Source:
    """The log of an instance as the follower of a node keeps it."""
    return Source(key=f"app.{number}", name=f"app {app}", kind="app", path=str(path), app=app)


class Giving:
    """`shelves` and `plan` are those of the follower (logs/follower.py). Thread-safe."""

    def __init__(self, shelves: Path, plan: Path) -> None:
        self._shelves = shelves
        self._plan = plan
        self._readers: dict[int, Reader] = {}
        self._lock = threading.Lock()

    def answer(self, said: bytes) -> bytes:
        """What there is from the lines on that are wanted; waits a moment for the next if there is none. Raises
        InvalidInput "bad-message"."""
        try:
            asked = AskLines.model_validate_json(said)
        except ValidationError as error:
            raise InvalidInput(
                "bad-message",
                f"What lines are asked for is not said: {error.errors()[0]['msg']}.",
                hint="Use the same Nacre on both.",
            ) from None
        with self._lock:
            self._forget(asked.done)
            return self._answer(asked)

    def _answer(self, asked: AskLines) -> bytes:
        deadline = time.monotonic() + asked.wait_s
        while True:
            reached, lines = self._look(asked)
            if lines or any(one.next > first_of(asked.wanted[number], one) for number, one in reached.items()):
                break
            if time.monotonic() >= deadline:
                break
            time.sleep(_LOOK_EVERY_S)
        return write_answer(Head(now_ms=time.time_ns() // 1_000_000, reached=reached), lines)

    def _look(self, asked: AskLines) -> tuple[dict[int, Reached], list[tuple[int, Carried]]]:
        live = self._live()
        began = {number: _NOT_BEGUN.model_copy(update={"live": number in live}) for number in asked.wanted}
        began.update({number: self._began(number, wanted, number in live) for number, wanted in self._there(asked)})
        after = {str(number): one.next for number, one in began.items() if one.made}
        self._readers = {number: self._reader(number) for number, one in began.items() if one.made}
        readers = {str(number): reader for number, reader in self._readers.items()}
        found = follow(readers, Query(), after=after, most=MOST_LINES)
        reached = {
            number: one.model_copy(update={"next": max(found.reached.get(str(number), 1), one.next)})
            for number, one in began.items()
        }
        return _within([(int(hit.shelf), hit.line) for hit in found.hits], reached)

    def _there(self, asked: AskLines) -> Iterator[tuple[int, Wanted]]:
        for number, wanted in asked.wanted.items():
            if (self._folder(number) / SHELF).is_dir():
                yield number, wanted

    def _began(self, number: int, wanted: Wanted, live: bool) -> Reached:
        """Named by chance when it is first asked for: one that was removed and begun again is told from it."""
        file = self._folder(number) / _MADE
        if not file.exists():
            write_whole(file, secrets.token_hex(8).encode())
        made = file.read_text()
        return Reached(made=made, next=wanted.next if wanted.made == made else 1, live=live)

    def _reader(self, number: int) -> Reader:
        return self._readers.get(number) or Reader(self._folder(number) / SHELF)

    def _forget(self, done: Iterable[int]) -> None:
        live = self._live()
        for number in done:
            if number not in live:
                self._readers.pop(number, None)
                shutil.rmtree(self._folder(number), ignore_errors=True)

    def _live(self) -> set[int]:
        try:
            return {int(source.key.partition(".")[2]) for source in read_plan(self._plan)}
        except FileNotFoundError:
            return set()

    def _folder(self, number: int) -> Path:
        return self._shelves / f"app.{number}"


def _within(
    lines: list[tuple[int, Line]], reached: dict[int, Reached]
) -> tuple[dict[int, Reached], list[tuple[int, Carried]]]:
    """As many of the lines as one answer may have: the others come with the next."""
    taken: list[tuple[int, Carried]] = []
    size, left = 0, dict[int, int]()
    for number, line in lines:
        size += len(line.text)
        if size > _MOST_BYTES:
            left.setdefault(number, line.number)
        else:
            taken.append((number, _carried(reached[number].made, line)))
    return reached | {
        number: reached[number].model_copy(update={"next": first}) for number, first in left.items()
    }, taken


def _carried(made: str, line: Line) -> Carried:
    return Carried(made, line.number, line.time_ms, line.level, line.text)
