"""The semantic cache: an answer to a prompt that means nearly the same, where the caller asked for such."""

import hashlib
from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import apsw

from nacre.llm.book.book import Book

_MOST_COMPARED = 5_000
"""So many prompts of one setting are compared; what is used more widely is better asked exactly."""

Embed = Callable[[str], Awaitable[list[float]]]


@dataclass(frozen=True)
class Meaning:
    """What a prompt means, as a vector of length 1, in a setting: all that else its answer depends on."""

    setting: bytes
    vector: "array[float]"


class Meanings:
    """`embed` turns a text into a vector on this machine: nothing of a prompt leaves it to be compared."""

    def __init__(self, book: Book, embed: Embed) -> None:
        self._book = book
        self._embed = embed

    async def of(self, setting: bytes, text: str) -> Meaning:
        return Meaning(setting, array("f", await self._embed(text)))

    async def nearest(self, meaning: Meaning, at_least: float) -> bytes | None:
        """The key of the answer to the most similar prompt, if its cosine to this one is at least that."""
        rows = await self._book.read_long(
            "SELECT key, vector FROM meaning WHERE setting = ? LIMIT ?", (meaning.setting, _MOST_COMPARED)
        )
        if not rows:
            return None
        import numpy as np  # takes a while to load, and this cache is seldom asked for

        vectors = np.frombuffer(b"".join(vector for _, vector in rows), np.float32).reshape(len(rows), -1)
        similar = vectors @ np.array(meaning.vector, np.float32)
        best = int(similar.argmax())
        return bytes(rows[best][0]) if similar[best] >= at_least else None

    def put(self, meaning: Meaning, key: bytes) -> None:
        values = (key, meaning.setting, meaning.vector.tobytes())

        def work(connection: apsw.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO meaning VALUES (?, ?, ?)", values)

        self._book.write_soon(work)


def setting_of(parts: Sequence[object]) -> bytes:
    return hashlib.sha256(repr(parts).encode(errors="backslashreplace")).digest()
