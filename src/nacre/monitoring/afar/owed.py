"""The logs that nodes owe this machine: of each instance it gave them, until its last line is on the shelf here.

This machine alone says whose they are: a node is asked for the log of an instance by its number, and names nothing.
"""

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import structlog

from nacre.core.whole import write_whole
from nacre.monitoring.logs.source import Source, read_source

_log = structlog.get_logger()


@dataclass(frozen=True)
class Owing:
    """`source` is the log as it is followed here, whose path is the spool. `live`: the instance is still there."""

    node: str
    number: int
    source: Source
    live: bool

    @property
    def spool(self) -> Path:
        return Path(self.source.path)


class Owed:
    """A folder for each node, with a label and a spool for each instance. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], Source] = {}
        self._live: frozenset[tuple[str, int]] = frozenset()
        for label in folder.glob("*/*.json"):
            try:
                self._known[label.parent.name, int(label.stem)] = read_source(json.loads(label.read_text()))
            except (OSError, ValueError, TypeError) as error:  # it is written anew while the instance is there
                _log.warning("not known whose log it is", label=str(label), error=str(error))

    def owe(self, live: Iterable[tuple[str, int, Source]]) -> list[Source]:
        """These are the instances that there are on nodes now, by node and number; all sources that are to be followed,
        also of those that are gone and have more to bring."""
        with self._lock:
            now = {(node, number): self._spooled(node, number, source) for node, number, source in live}
            for key, source in now.items():
                if self._known.get(key) != source:
                    self._write(*key, source)
            self._known.update(now)
            self._live = frozenset(now)
            return [*self._known.values()]

    def of(self, node: str) -> list[Owing]:
        with self._lock:
            known = [(number, source) for (of, number), source in self._known.items() if of == node]
            return [
                Owing(node, number, source, (node, number) in self._live)
                for number, source in sorted(known, key=_number)
            ]

    def nodes(self) -> set[str]:
        with self._lock:
            return {node for node, _ in self._known}

    def settle(self, owing: Owing) -> None:
        """All of it is on the shelf."""
        with self._lock:
            self._known.pop((owing.node, owing.number), None)
            self._label(owing.node, owing.number).unlink(missing_ok=True)
            owing.spool.unlink(missing_ok=True)

    def _spooled(self, node: str, number: int, source: Source) -> Source:
        spool = self._label(node, number).with_suffix(".lines")
        return replace(source, path=str(spool), node=node, carried=True)

    def _write(self, node: str, number: int, source: Source) -> None:
        label = self._label(node, number)
        label.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(label, json.dumps(asdict(source)).encode())

    def _label(self, node: str, number: int) -> Path:
        return self._folder / node / f"{number}.json"


def _number(known: tuple[int, Source]) -> int:
    return known[0]
