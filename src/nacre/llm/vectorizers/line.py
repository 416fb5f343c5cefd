"""Works off what waits for one vectorizer: rows are taken up, cut, embedded and stored, several batches at once."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from blake3 import blake3

from nacre.core.errors import NacreError, TooOften
from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.embedding.chunking import Chunk, chunks_of_row
from nacre.llm.embedding.functions import BATCH, as_vector, model_changed
from nacre.llm.embedding.tokens import token_offsets
from nacre.llm.vectorizers.queue import Changed, Piece, Queue, Vectorizer

_ATTEMPTS = 5
_WAITS_S: dict[str, float] = {
    "rate-limited": 10,
    "provider-down": 15,
    "provider-timeout": 15,
    "budget-spent": 300,
    "no-model": 300,
    "no-key": 300,
    "key-refused": 300,
    "model-not-found": 300,
}
"""What is not a row's fault: the vectorizer waits so long and tries again, unless somebody resumes it sooner."""

_FINAL = ("context-too-long", "refused-by-provider", "redacted")
"""What will not be otherwise at another attempt."""


@dataclass(frozen=True)
class _Row:
    changed: Changed
    chunks: list[tuple[Chunk, bytes]]

    def pieces(self, vectors: Mapping[bytes, str]) -> list[Piece]:
        return [Piece(at, chunk, key, vectors.get(key)) for at, (chunk, key) in enumerate(self.chunks)]


class Line:
    def __init__(self, desk: Desk, queue: Queue, caller: Caller, vectorizer: Vectorizer, at_once: int) -> None:
        self._desk = desk
        self._queue = queue
        self._caller = caller
        self._vectorizer = vectorizer
        self._at_once = at_once
        self._rows = BATCH
        self._held = False

    async def run(self) -> int:
        """Until nothing is left that could be taken up now, or the vectorizer has to wait; how many rows were stored.

        While batches are embedded the next ones are fetched and cut, so that the model never waits for the database.
        """
        stored = 0
        under_way: set[asyncio.Task[int]] = set()
        try:
            while not self._held:
                rows = await self._queue.claim(self._vectorizer, self._rows)
                if rows:
                    under_way.add(asyncio.create_task(self._batch(rows)))
                if not under_way:
                    break
                if not rows or len(under_way) > self._at_once:
                    done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    stored += sum(await asyncio.gather(*done))
            stored += sum(await asyncio.gather(*under_way))
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        if not self._held:
            await self._queue.hold(self._vectorizer, None, None)
            await self._queue.catch_up(self._vectorizer)
        return stored

    async def _batch(self, changed: Sequence[Changed]) -> int:
        rows = [_Row(each, self._cut(each)) for each in changed]
        self._aim(len(rows), sum(len(row.chunks) for row in rows))
        return await self._through(rows)

    def _cut(self, row: Changed) -> list[tuple[Chunk, bytes]]:
        if row.texts is None:
            return []
        cut = chunks_of_row(self._vectorizer.columns, row.texts, self._vectorizer.chunking, token_offsets)
        return [(chunk, blake3(chunk.embedded.encode()).digest(length=16)) for chunk in cut]

    def _aim(self, rows: int, chunks: int) -> None:
        """Take up so many rows the next time that their chunks make about one batch."""
        self._rows = max(1, min(4 * BATCH, round(BATCH * rows / max(chunks, 1))))

    async def _through(self, rows: Sequence[_Row]) -> int:
        """Embed and store rows. Of those that fail together, the one whose fault it is will be found."""
        try:
            vectors = await self._vectors(rows)
            return await self._queue.store(
                self._vectorizer,
                [
                    (
                        row.changed,
                        [Piece(at, chunk, key, vectors.get(key)) for at, (chunk, key) in enumerate(row.chunks)],
                    )
                    for row in rows
                ],
            )
        except NacreError as error:
            if error.code == "model-changed":
                await self._queue.break_down(self._vectorizer, f"{error} {error.hint}")
                self._held = True
            elif error.code in _WAITS_S:
                await self._wait(rows, error)
            else:
                return await self._apart(rows, error.code, str(error), final=error.code in _FINAL)
        except (psycopg.DataError, psycopg.ProgrammingError, psycopg.IntegrityError) as error:
            return await self._apart(rows, error.sqlstate or "", str(error), final=False)
        return 0

    async def _vectors(self, rows: Sequence[_Row]) -> dict[bytes, str]:
        """The vectors that are not there yet, by hash. Raises whatever the model answers, and "model-changed"."""
        texts = {key: chunk.embedded for row in rows for chunk, key in row.chunks}
        known = await self._queue.known(self._vectorizer, list(texts)) if texts else set()
        missing = [key for key in texts if key not in known]
        batches = [missing[first : first + BATCH] for first in range(0, len(missing), BATCH)]
        embedding = [self._embed([texts[key] for key in batch]) for batch in batches]
        vectors: dict[bytes, str] = {}
        for batch, found in zip(batches, await asyncio.gather(*embedding, return_exceptions=True), strict=True):
            if isinstance(found, BaseException):
                raise found
            vectors.update(zip(batch, found, strict=True))
        return vectors

    async def _embed(self, texts: Sequence[str]) -> list[str]:
        embedded = await self._desk.embed(self._caller, texts, self._vectorizer.model)
        if embedded.digest != self._vectorizer.digest or embedded.dimension != self._vectorizer.dimension:
            raise model_changed(self._vectorizer.model)
        return [as_vector(vector) for vector in embedded.vectors]

    async def _wait(self, rows: Sequence[_Row], error: NacreError) -> None:
        self._held = True
        seconds = _WAITS_S[error.code]
        if isinstance(error, TooOften):
            seconds = error.wait_s
        await self._queue.hold(self._vectorizer, str(error), self._desk.clock() + timedelta(seconds=seconds))
        await self._queue.release([row.changed for row in rows])

    async def _apart(self, rows: Sequence[_Row], code: str, message: str, *, final: bool) -> int:
        if len(rows) == 1:
            await self._queue.fail(self._vectorizer, rows[0].changed, code, message, 1 if final else _ATTEMPTS)
            return 0
        half = len(rows) // 2
        return await self._through(rows[:half]) + await self._through(rows[half:])
