"""Follows what a process in a workspace says, from any offset: what its sandbox has dropped comes out of its log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nacre.engines.sandbox.inside import Attachment, Inside, Output

REPLAYED_BYTES = 256 << 10
"""How much of the past somebody gets who does not say where to go on."""
_PIECE_BYTES = 64 << 10


@dataclass(frozen=True)
class Followed:
    """A process being followed. `pieces` ends with the process; where the first offset of a piece (`offset` less its
    length) is not where the last ended, what lies between is lost."""

    attachment: Attachment
    start: int
    pieces: AsyncIterator[Output]


@asynccontextmanager
async def following(
    inside: Inside, key: str, after: int | None, *, back_bytes: int = REPLAYED_BYTES
) -> AsyncIterator[Followed]:
    """Follow a process past the offset `after`; None: from `back_bytes` before now. Raises NotFound, Unavailable."""
    attachment = await inside.attach(key, max(0, after or 0))
    try:
        end = attachment.process.end_offset
        # An offset beyond the end is of an earlier process of that name.
        start = max(0, end - back_bytes) if after is None else min(max(0, after), end)
        yield Followed(attachment, start, _pieces(attachment, inside.log_path(key), start))
    finally:
        await attachment.close()


async def _pieces(attachment: Attachment, log: Path, start: int) -> AsyncIterator[Output]:
    reached = start
    async for output in attachment:
        begins = output.offset - len(output.data)
        if begins > reached:
            async for kept in _kept(log, reached, begins):
                reached = kept.offset
                yield kept
        if output.offset > reached:
            data = output.data[max(0, reached - begins) :]
            reached = output.offset
            yield Output(output.stream, data, reached)


async def _kept(log: Path, start: int, end: int) -> AsyncIterator[Output]:
    """What the log holds between two offsets: it is written from the first byte on, until it is full."""
    while start < end:
        data = await asyncio.to_thread(_read, log, start, min(_PIECE_BYTES, end - start))
        if not data:
            return
        start += len(data)
        yield Output("stdout", data, start)


def _read(log: Path, start: int, size: int) -> bytes:
    try:
        with log.open("rb") as file:
            file.seek(start)
            return file.read(size)
    except FileNotFoundError:
        return b""
