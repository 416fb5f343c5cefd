"""What a line or row of a file says, whoever wrote it: Nacre's own passages, or documents as others write them."""

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from nacre.engines.interchange import frames

DESCRIBED = "nacre_knowledge"
"""What tells a file of Nacre's own: the key of its first line, or of the metadata of its schema."""

OWN = ("document", "metadata", "position", "start", "page", "context", "text")
VECTORS = ("vector", "embedding")
_NAMES = ("name", "id", "title")
_TEXTS = ("text", "content")
_AT_ONCE = 256
_CHARACTERS_AT_ONCE = 8_000_000
Floats = NDArray[np.float32]


class Refused(Exception):
    """What is wrong with the file, as a sentence without its end."""


class Outlet:
    """Sends rows on, some hundreds at a time."""

    def __init__(self, out: IO[bytes], described: Any) -> None:
        self._out = out
        self._own = described is not None
        self._rows: list[list[Any]] = []
        self._vectors: list[Floats] = []
        self._characters = self._count = 0
        self._dimension: int | None = None
        frames.send(out, {"described": described})

    def add(self, row: Mapping[str, Any], vector: Floats | None) -> None:
        self._count += 1
        where = f"row {self._count}"
        self._rows.append(_own(row, where) if self._own else _foreign(row, self._count, where))
        dimension = None if vector is None else len(vector)
        if self._count == 1:
            self._dimension = dimension
        elif dimension != self._dimension:
            raise Refused(f"{where} has {_of(dimension)}, and those before it have {_of(self._dimension)}")
        if vector is not None:
            self._vectors.append(vector)
        self._characters += len(row.get("text") or row.get("content") or "")
        if len(self._rows) == _AT_ONCE or self._characters > _CHARACTERS_AT_ONCE:
            self._send(where)

    def end(self) -> None:
        self._send(f"a row up to {self._count}")
        frames.send(self._out, {"end": self._count})

    def _send(self, where: str) -> None:
        numbers = b"".join(vector.astype("<f4", copy=False).tobytes() for vector in self._vectors)
        try:
            frames.send(self._out, {"rows": self._rows, "dimension": self._dimension}, numbers)
        except UnicodeEncodeError:
            raise Refused(f"{where} or shortly before holds half a character") from None
        self._rows, self._vectors, self._characters = [], [], 0


def vector_of(value: Any, where: str) -> Floats | None:
    """Raises Refused for what is no list of numbers."""
    if value is None:
        return None
    if not isinstance(value, list) or not value or not set(map(type, value)) <= {int, float}:
        raise Refused(f"the vector of {where} is no list of numbers")
    with np.errstate(over="ignore"):  # what is no finite number is refused where it is added
        try:
            return np.asarray(value, np.float32)
        except OverflowError:
            raise Refused(f"the vector of {where} holds a number that is too large") from None


def plain(value: Any) -> Any:
    """What JSON can say of it."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case list() | tuple():
            return [plain(one) for one in value]
        case dict():
            return {str(key): plain(one) for key, one in value.items()}
    return str(value)


def _own(row: Mapping[str, Any], where: str) -> list[Any]:
    missing = [name for name in OWN if name not in row]
    if missing:
        raise Refused(f"{where} has no “{missing[0]}”, which Nacre writes in every one")
    return [plain(row[name]) for name in OWN]


def _foreign(row: Mapping[str, Any], number: int, where: str) -> list[Any]:
    """[name, text, metadata]: what is neither, nor a vector, is metadata too."""
    name_in = _first(row, _NAMES)
    text_in = _first(row, _TEXTS)
    if text_in is None or not isinstance(row[text_in], str):
        raise Refused(f"{where} has no text: it is sought under {' or '.join(f'“{one}”' for one in _TEXTS)}")
    name = str(number) if name_in is None else row[name_in]
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise Refused(f"the name of {where} is neither text nor a whole number")
    metadata = _unpacked(row.get("metadata"))
    given = metadata if isinstance(metadata, Mapping) else {} if metadata is None else {"metadata": metadata}
    used = {name_in, text_in, "metadata", *VECTORS}
    rest = {key: value for key, value in row.items() if key not in used and value is not None}
    return [str(name), row[text_in], plain({**rest, **given})]


def _unpacked(metadata: Any) -> Any:
    """JSON as text is what others make of the column that is written here."""
    if isinstance(metadata, str) and metadata.startswith("{"):
        with suppress(ValueError, RecursionError):
            return json.loads(metadata)
    return metadata


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if row.get(name) is not None), None)


def _of(dimension: int | None) -> str:
    return "no vector" if dimension is None else f"a vector of {dimension} numbers"
