"""The queue of a database's vectorizers, as its worker sees it: one call of an SQL function each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, DataError, ProgrammingError
from psycopg.rows import class_row
from pydantic import ValidationError

from nacre.core.validation import first_fault
from nacre.llm.embedding.chunking import Chunk, Chunking

Connection = AsyncConnection[tuple[Any, ...]]
CHANNEL = "llm_vectorizer"


@dataclass(frozen=True)
class Vectorizer:
    """`due_at` is when the next change may be taken up: None where none waits, and while it is paused or broken.

    `filled` once all that was there when it was made has been embedded.
    """

    id: int
    name: str
    columns: tuple[str, ...]
    chunking: Chunking
    model: str
    digest: str
    dimension: int
    owner: str
    due_at: datetime | None
    filled: bool


@dataclass(frozen=True)
class Changed:
    """A row in hand, with all changes to it that were queued. `texts` is None for one that is gone.

    `key` is JSON, and stays as it is: as numbers of Python, decimals would lose digits.
    """

    ids: list[int]
    key: str
    texts: list[str] | None


@dataclass(frozen=True)
class Piece:
    """A chunk to store. Without a vector it takes over the one that its hash has already."""

    seq: int
    chunk: Chunk
    hash: bytes
    vector: str | None


class Queue:
    """`worker` is told with everything: what another worker has taken over since is not touched."""

    def __init__(self, connection: Connection, worker: UUID) -> None:
        self._connection = connection
        self._worker = worker

    async def work(self) -> list[Vectorizer]:
        """All vectorizers of the database, with what waits for each. One that cannot be worked for harms no other."""
        rows = await (await self._connection.execute("SELECT * FROM llm_data.work()")).fetchall()
        found = []
        for number, name, columns, chunking, *rest in rows:
            *_, due_at, _ = rest
            try:
                how = Chunking.model_validate(chunking)
            except ValidationError as error:  # settings that did not come by llm.create_vectorizer
                if due_at is not None:  # else it is broken already
                    await self._break_down(number, f"Its chunking is none that there is: {first_fault(error)[1]}.")
                continue
            found.append(Vectorizer(number, name, tuple(columns), how, *rest))
        return found

    async def claim(self, vectorizer: Vectorizer, most: int) -> list[Changed]:
        async with self._connection.cursor(row_factory=class_row(Changed)) as cursor:
            await cursor.execute(
                "SELECT ids, key::text, texts FROM llm_data.claim(%s, %s, %s)", [self._worker, vectorizer.id, most]
            )
            return await cursor.fetchall()

    async def known(self, vectorizer: Vectorizer, hashes: list[bytes]) -> set[bytes]:
        """Which of the hashes have a vector already."""
        answer = await self._connection.execute("SELECT llm_data.known(%s, %s)", [vectorizer.id, hashes])
        return set((await answer.fetchall())[0][0])

    async def store(self, vectorizer: Vectorizer, rows: Sequence[tuple[Changed, Sequence[Piece]]]) -> int:
        """Store what became of rows in hand, all or none of it; how many were stored."""
        ids = [(each, at) for at, (row, _) in enumerate(rows, 1) for each in row.ids]
        pieces = [(at, piece) for at, (_, pieces) in enumerate(rows, 1) for piece in pieces]
        answer = await self._connection.execute(
            "SELECT llm_data.store(%s, %s, %s, %s::bigint[], %s::integer[], %s::jsonb[], %s::integer[], %s::integer[], "
            "%s::text[], %s::text[], %s::bytea[], %s::text[])",
            [
                self._worker, vectorizer.id, vectorizer.digest,
                [each for each, _ in ids], [at for _, at in ids], [row.key for row, _ in rows],
                [at for at, _ in pieces], [piece.seq for _, piece in pieces],
                [piece.chunk.text for _, piece in pieces], [piece.chunk.context for _, piece in pieces],
                [piece.hash for _, piece in pieces], [piece.vector for _, piece in pieces],
            ],
        )  # fmt: skip
        return int((await answer.fetchall())[0][0])

    async def fail(self, vectorizer: Vectorizer, row: Changed, code: str, message: str, most: int) -> None:
        """Give back a row that failed; after `most` attempts it becomes an error of the vectorizer."""
        await self._connection.execute(
            "SELECT llm_data.fail(%s, %s, %s, %s, %s, %s)",
            [self._worker, vectorizer.id, row.ids, code, message[:2000], most],
        )

    async def release(self, rows: Sequence[Changed]) -> None:
        """Give back rows with which nothing is wrong."""
        ids = [each for row in rows for each in row.ids]
        await self._connection.execute("SELECT llm_data.release(%s, %s)", [self._worker, ids])

    async def hold(self, vectorizer: Vectorizer, reason: str | None, until: datetime | None) -> None:
        await self._connection.execute("SELECT llm_data.hold(%s, %s, %s)", [vectorizer.id, reason, until])

    async def break_down(self, vectorizer: Vectorizer, reason: str) -> None:
        await self._break_down(vectorizer.id, reason)

    async def catch_up(self, vectorizer: Vectorizer) -> None:
        try:
            await self._connection.execute("SELECT llm_data.catch_up(%s)", [vectorizer.id])
        except (DataError, ProgrammingError) as error:
            await self._break_down(vectorizer.id, f"Its index cannot be made: {error.diag.message_primary}.")

    async def _break_down(self, number: int, reason: str) -> None:
        await self._connection.execute("SELECT llm_data.break_down(%s, %s)", [number, reason])
