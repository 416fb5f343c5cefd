"""Finds names and lines in a branch's files as they are on disk, within bounds of time and size."""

import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from nacre.core.errors import NacreError
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.progress import report
from nacre.engines.files.edits import Edits
from nacre.engines.files.ignored import Rule, is_ignored, read_rules
from nacre.engines.files.paths import read_path, shown_path
from nacre.files.media import is_text
from nacre.files.workbench import Workbench

Within = Literal["names", "content", "both"]
LONGEST_S = 5.0
LARGEST_FILE_BYTES = 2 << 20
_LONGEST_SHOWN = 240
_LARGEST_RULES_BYTES = 1 << 16
_NEVER = {b".git"}


class Match(Answer):
    """A name that fits (`line` None), or a line of a file; lines and columns count from 1, columns in characters."""

    path: str
    line: int | None
    column: int | None
    text: str


class SearchResult(Answer):
    """`complete` is false where the search ended at its limit of matches or of time."""

    matches: list[Match]
    files_searched: int
    complete: bool
    seconds: float


class Searching:
    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench

    def search(
        self, ref: Ref, text: str, path: str, *, within: Within, case: bool, word: bool, ignored: bool, limit: int
    ) -> SearchResult:
        """Names and lines that hold `text` as it stands, below the folder `path`; binary and large files are left out.

        Without `ignored`, what .gitignore files name is left out too.
        """
        pattern = re.escape(text)
        if word:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        with self._workbench.look(ref) as edits:
            run = _Run(edits, re.compile(pattern, 0 if case else re.IGNORECASE), within, ignored, limit)
            top = read_path(path)
            edits.names(top)  # refuses what is no folder
            run.walk(top)
        return run.result()


@dataclass
class _Run:
    edits: Edits
    pattern: re.Pattern[str]
    within: Within
    ignored: bool
    limit: int
    started: float = field(default_factory=time.monotonic)
    matches: list[Match] = field(default_factory=list)
    files: int = 0
    complete: bool = True

    def walk(self, top: bytes) -> None:
        waiting: list[tuple[bytes, tuple[tuple[str, tuple[Rule, ...]], ...]]] = [(top, ())]
        while waiting and self.complete:
            folder, layers = waiting.pop()
            rules = () if self.ignored else self._rules(folder)
            if rules:
                layers = (*layers, (os.fsdecode(folder), rules))
            below: list[bytes] = []
            for path, status in self._entries(folder):
                if not self._goes_on():
                    break
                is_folder = stat.S_ISDIR(status.st_mode)
                if is_ignored(os.fsdecode(path), folder=is_folder, layers=layers):
                    continue
                self._name(path)
                if is_folder:
                    below.append(path)
                elif stat.S_ISREG(status.st_mode):
                    self._content(path, status)
            waiting += [(path, layers) for path in reversed(below)]

    def result(self) -> SearchResult:
        return SearchResult(
            matches=self.matches[: self.limit],
            files_searched=self.files,
            complete=self.complete,
            seconds=time.monotonic() - self.started,
        )

    def _goes_on(self) -> bool:
        if len(self.matches) >= self.limit or time.monotonic() - self.started > LONGEST_S:
            self.complete = False
        return self.complete

    def _entries(self, folder: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
        prefix = folder + b"/" if folder else b""
        try:
            names = sorted(os.fsencode(item.name) for item in self.edits.names(folder))
        except (NacreError, OSError):
            return  # gone, or swapped for something else, since it was listed
        for name in names:
            status = None if name in _NEVER else self.edits.status(prefix + name)
            if status is not None:
                yield prefix + name, status

    def _rules(self, folder: bytes) -> tuple[Rule, ...]:
        path = folder + b"/.gitignore" if folder else b".gitignore"
        status = self.edits.status(path)
        if status is None or not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_RULES_BYTES:
            return ()
        return read_rules((self._read(path, _LARGEST_RULES_BYTES) or b"").decode(errors="replace"))

    def _name(self, path: bytes) -> None:
        name = shown_path(path.rpartition(b"/")[2])
        if self.within != "content" and self.pattern.search(name):
            self.matches.append(Match(path=shown_path(path), line=None, column=None, text=name))

    def _content(self, path: bytes, status: os.stat_result) -> None:
        if self.within == "names" or status.st_size > LARGEST_FILE_BYTES:
            return
        raw = self._read(path, LARGEST_FILE_BYTES)
        self.files += 1
        if self.files % 200 == 0:
            report("searching", done=self.files)
        if raw is None or not is_text(raw):
            return
        text = raw.decode(errors="replace")
        if not self.pattern.search(text):
            return
        for number, line in enumerate(text.split("\n"), 1):
            found = self.pattern.search(line)
            if found is not None:
                self.matches.append(_line(path, number, found.start(), line))
                if len(self.matches) >= self.limit:
                    return

    def _read(self, path: bytes, at_most: int) -> bytes | None:
        try:
            fd = self.edits.open(path)
        except (NacreError, OSError):
            return None
        with os.fdopen(fd, "rb") as file:
            return file.read(at_most)


def _line(path: bytes, number: int, column: int, line: str) -> Match:
    begin = max(0, column - _LONGEST_SHOWN // 3)
    return Match(
        path=shown_path(path), line=number, column=column + 1, text=line[begin : begin + _LONGEST_SHOWN].strip("\r\n")
    )
