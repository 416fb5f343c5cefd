"""Many samples of one subject as a few bytes. Pure.

Numbers lie measure by measure, since those of one measure resemble each other, and are compressed: an hour of a
cluster by the minute is some 3 kB instead of 12.
"""

import struct
from array import array
from collections.abc import Mapping, Sequence

import zstandard

_HEAD = struct.Struct("<II")


def packed(times: Sequence[int], columns: "Sequence[array[float]]") -> bytes:
    """`times` grow, in milliseconds; each column has as many numbers."""
    first = times[0]
    offsets = array("I", (time - first for time in times))
    plain = b"".join((_HEAD.pack(len(times), len(columns)), array("q", [first]).tobytes(), offsets.tobytes(),
                      *(column.tobytes() for column in columns)))  # fmt: skip
    return zstandard.ZstdCompressor(3).compress(plain)


class Block:
    """`column` takes out one measure without looking at the others. Raises ValueError where the bytes are damaged."""

    def __init__(self, data: bytes) -> None:
        try:
            self._plain = memoryview(zstandard.ZstdDecompressor().decompress(data))
            self._count, self._width = _HEAD.unpack_from(self._plain)
        except (zstandard.ZstdError, struct.error) as error:
            raise ValueError(f"a block of metrics cannot be read: {error}") from error
        if len(self._plain) != 16 + 4 * self._count + 8 * self._count * self._width:
            raise ValueError("a block of metrics has another size than it says")

    @property
    def width(self) -> int:
        return int(self._width)

    @property
    def times(self) -> list[int]:
        first = self._plain[8:16].cast("q")[0]
        return [first + offset for offset in self._plain[16 : 16 + 4 * self._count].cast("I")]

    def column(self, place: int) -> "array[float]":
        start = 16 + 4 * self._count + 8 * self._count * place
        taken = array("d")
        taken.frombytes(self._plain[start : start + 8 * self._count])
        return taken


def undamaged(data: bytes) -> Block | None:
    """The block, or None where the bytes are damaged: what was in it is lost, and holds nothing else up."""
    try:
        return Block(data)
    except ValueError:
        return None


def merged(before: Block, rows: "Mapping[int, array[float]]") -> "tuple[list[int], list[array[float]]]":
    """Times and columns of a block together with `rows`, which win where both have something of a time."""
    columns = [before.column(place) for place in range(before.width)]
    whole = {time: array("d", (column[at] for column in columns)) for at, time in enumerate(before.times)}
    return in_columns(whole | dict(rows))


def in_columns(rows: "Mapping[int, array[float]]") -> "tuple[list[int], list[array[float]]]":
    """Rows of numbers by their times, as times that grow, and columns."""
    times = sorted(rows)
    flat = array("d")
    for time in times:
        flat.extend(rows[time])
    width = len(flat) // len(times)
    return times, [flat[place::width] for place in range(width)]
