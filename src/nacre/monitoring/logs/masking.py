"""Hides passwords, keys and tokens that statements and addresses in a log spell out, before its lines are kept.

Postgres writes a statement that failed as it came, with the password that it was to set, and rows that it refused.
What tells a secret: core/masking. Here is what lines add to it: what one of them begins may go on in the next.
"""

import json
from functools import cache
from typing import Any

from nacre.core.masking import named, unnamed
from nacre.core.masking.documents import masked_value
from nacre.core.masking.named import HIDDEN, LEFT
from nacre.core.masking.unnamed import Begun
from nacre.monitoring.logs.stamp import continues


class Mask:
    """Of one source: a literal, or what is to have one, may go on in the lines that belong to the one before."""

    def __init__(self) -> None:
        self._open = b""
        self._wanted = False
        self._rest = False
        self._insert = Begun()
        self._expecting = False
        self._hints = _hints()

    def masked(self, line: bytes) -> bytes:
        if not self._expecting and not self._hints.search(line):
            return line
        if line.startswith(b"{"):
            self._leave()
            return _masked_document(line)
        if line[:1].isdigit() or not continues(line):
            self._leave()
        space = line[: len(line) - len(line.lstrip())] if self._expecting else b""
        shown = space + self._of_message(line[len(space) :])
        self._expecting = bool(self._open or self._wanted or self._rest or self._insert)
        return shown

    def _leave(self) -> None:
        """A new message begins."""
        self._open, self._wanted, self._rest, self._expecting = b"", False, False, False
        self._insert.leave()

    def _of_message(self, text: bytes) -> bytes:
        """Without what it is indented by, where something goes on in it."""
        if self._rest:
            return HIDDEN
        begin, end = self._insert.values_in(text)
        if begin >= 0:
            self._rest = end == len(text)
            text = text[:begin] + HIDDEN * (begin < end) + text[end:]
        if not self._open and not self._wanted and not named.hinted(text):
            return text
        before = b"password " if self._wanted else b""
        shown, self._open = named.masked(before + text, self._open)
        self._wanted = not self._open and (LEFT.search(text[-200:]) is not None or (self._wanted and not text.strip()))
        return shown[len(before) :]


def _masked_document(line: bytes) -> bytes:
    """Of JSON each text by itself, so that it stays JSON."""
    try:
        document = json.loads(line)
        hidden = masked_value(document)
        return line if hidden == document else json.dumps(hidden, ensure_ascii=False).encode(errors="backslashreplace")
    except (ValueError, RecursionError):
        return named.masked(line)[0]


@cache
def _hints() -> Any:
    """One look by RE2 at each line, a third of what it takes to look for one word after the other."""
    import re2  # takes 20 ms, and only who follows logs needs it

    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(rb"%b|://\S*@|bearer|crypt\(|unterminated|%b" % (named.NAME, unnamed.HINTED), options)
