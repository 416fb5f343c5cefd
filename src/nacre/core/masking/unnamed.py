"""Finds values that stand apart from the names of their columns: of an INSERT, a failing row, a key, parameters, COPY.

`INSERT INTO person (email, password) VALUES ('ann', 'x')`, `Key (token)=(x) already exists.`: they are hidden where a
name among their columns, or the table's, tells of a secret. Where no column is named nobody knows which is one: there
all of them are hidden, as in `Failing row contains (1, x).`
"""

import re

from nacre.core.masking.named import NAME

HINTS = (b"insert", b"failing row", b"parameters: $", b", line ")
"""A text that has neither these nor those of named.py has no such values."""
HINTED = b"|".join(map(re.escape, HINTS))
_BEGIN = re.compile(
    rb"(?=[ifpcks])(?:(?P<all>failing row contains |parameters: (?=\$\d)|\bcopy \S{1,200}, line \d{1,20}: (?=\"))"
    rb"|\b(?P<insert>insert)(?:\s{1,8}(?:into\b|(?=\(|values\b))|\s{0,8}$)|\b(?:key|set)\s{0,8}\()"
)
_VALUES = re.compile(rb"\b(?P<values>values)\s{0,8}(?=\(|$)|\bselect\b\s{0,8}|\)\s{0,8}=\s{0,8}(?:row\s{0,8})?\(")
_KEY_ENDS = re.compile(rb"\) (?:already exists|is not present|is still referenced|is duplicated|conflicts with) ?")
_SECRET = re.compile(NAME)
_MOST_COLUMNS = 16 << 10


class Begun:
    """An INSERT whose values have not come yet: what stands before them may go on over lines."""

    def __init__(self) -> None:
        self._columns: bytes | None = None

    def __bool__(self) -> bool:
        return self._columns is not None

    def leave(self) -> None:
        """What comes is no part of it."""
        self._columns = None

    def values_in(self, text: bytes) -> tuple[int, int]:
        """From where to where `text` has values to hide; (-1, -1) if nowhere. Where they go on to its end, what comes
        after it in the same message is such values too."""
        at, lowered = 0, text.lower()
        while True:
            if self._columns is None:
                found = _BEGIN.search(lowered, at)
                if found is None:
                    return -1, -1
                at = found.end()
                if found["all"]:
                    return at, len(text)
                begun, insert = b"", found["insert"] is not None
            else:
                begun, insert = self._columns, True
            values = _VALUES.search(lowered, at)
            if values is None:
                self._columns = (begun + lowered[at:])[:_MOST_COLUMNS] if insert else None
                return -1, -1
            columns, self._columns, at = begun + lowered[at : values.start()], None, values.end()
            if _SECRET.search(columns):
                return at, _end_of_key(lowered, at)
            if insert and values["values"] and b"(" not in columns:
                return at, len(text)


def _end_of_key(lowered: bytes, at: int) -> int:
    ends = [found.start() for found in _KEY_ENDS.finditer(lowered, at)]
    return ends[-1] if ends else len(lowered)
