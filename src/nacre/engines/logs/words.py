"""The words of folded text, as they are put into filters and looked for in them.

A word is a run of a-z, 0-9 and _. Of other letters there are no words but single characters and pairs of neighbours:
Chinese writes no spaces, and what is rare in a log is found by its pairs as well as by words.
"""

import re
from collections.abc import Iterable
from operator import add

_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_")
_SPACED = bytes(byte if byte in _WORD else 0x20 for byte in range(256))
_FOREIGN = re.compile("[^\x00-\x7f]+")


def words(text: bytes) -> set[bytes]:
    """All of a folded text."""
    found = set(text.translate(_SPACED).split())
    if not text.isascii():
        found |= _characters(text)
    return found


def certain(part: bytes) -> set[bytes]:
    """Those that any text which contains this folded part has: what its ends touch may go on beyond them."""
    return words(_inner(part)) | (set() if part.isascii() else _characters(part))


def _inner(part: bytes) -> bytes:
    start, end = 0, len(part)
    while start < end and part[start] in _WORD:
        start += 1
    while end > start and part[end - 1] in _WORD:
        end -= 1
    return part[start:end]


def whole(text: bytes, start: int, end: int) -> bool:
    """Whether what lies there begins and ends where words of the folded text do."""
    begins = start == 0 or text[start] not in _WORD or text[start - 1] not in _WORD
    return begins and (end == len(text) or text[end - 1] not in _WORD or text[end] not in _WORD)


def longest(found: Iterable[bytes]) -> bytes:
    return max(found, key=len, default=b"")


def _characters(text: bytes) -> set[bytes]:
    found: set[str] = set()
    for run in _FOREIGN.findall(text.decode(errors="surrogateescape")):
        found.update(run)
        found.update(map(add, run, run[1:]))
    return {one.encode(errors="surrogateescape") for one in found}
