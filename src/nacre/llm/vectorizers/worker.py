"""The worker of one database: it alone works off the queue there, as long as it is connected."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import uuid4

import psycopg

from nacre.llm.caller import Caller
from nacre.llm.desk import Desk
from nacre.llm.protocol import check_understood
from nacre.llm.sites import ELSEWHERE
from nacre.llm.vectorizers.line import Line
from nacre.llm.vectorizers.queue import CHANNEL, Connection, Queue, Vectorizer

_POLL_S = 15.0
"""A change that nobody was told of (in a partition, or before we listened) waits no longer than this."""

_PLACE_S = 2.0
"""How often it is asked whether another worker has left the place."""

_AT_ONCE = 4
"""Calls under way where a model does not say how many it takes at once."""


class Worker:
    def __init__(self, desk: Desk, site: str, database: str) -> None:
        self._desk = desk
        self._site = site
        self._database = database

    async def run(self, expects: Callable[[], bool]) -> None:
        """Work until the database has no vectorizer any more, and none is expected. Raises NacreError, psycopg.Error.

        One connection holds the place and listens; the other one takes and stores, for all vectorizers in turn.
        """
        connect = self._desk.sites.connect
        async with (
            connect(self._site, self._database, "llm_worker") as place,
            connect(self._site, self._database, "llm_worker") as hands,
        ):
            check_understood(await _protocol(hands), self._site)
            worker = uuid4()
            queue = Queue(hands, worker)
            if not await queue.work() and not expects():
                return
            async with _listening(place):
                while not await _take_over(place, str(worker)):
                    await _told(place, _PLACE_S)
                while (work := await queue.work()) or expects():
                    if not await self._round(queue, work):
                        await _told(place, _until_due(work, self._desk.clock()))

    async def _round(self, queue: Queue, work: Sequence[Vectorizer]) -> int:
        """One turn for every vectorizer for which something is due, all at once; how many rows were stored."""
        now = self._desk.clock()
        for each in work:
            if each.due_at is None and not each.filled:
                await queue.catch_up(each)
        lines = [self._line(queue, each) for each in work if each.due_at is not None and each.due_at <= now]
        return sum(await asyncio.gather(*[line.run() for line in lines]))

    def _line(self, queue: Queue, vectorizer: Vectorizer) -> Line:
        caller = Caller(
            site=self._site,
            database=self._database,
            role=vectorizer.owner,
            application=f"vectorizer {vectorizer.name}",
            branch=None if self._site.startswith(ELSEWHERE) else self._site,
        )
        known = [model for model in self._desk.models.seen_by(caller.scope) if model.name == vectorizer.model]
        at_once = known[0].options.concurrency if known and known[0].options.concurrency else _AT_ONCE
        return Line(self._desk, queue, caller, vectorizer, at_once)


@asynccontextmanager
async def _listening(connection: Connection) -> AsyncIterator[None]:
    """The connection goes back to where others take it from, so it leaves nothing behind."""
    await connection.execute(f"LISTEN {CHANNEL}")
    try:
        yield
    finally:
        if not connection.closed:
            await connection.execute("SELECT pg_advisory_unlock_all()")
            await connection.execute("UNLISTEN *")


async def _protocol(connection: Connection) -> int:
    try:
        answer = await connection.execute("SELECT llm_data.protocol()")
    except psycopg.errors.UndefinedFunction:
        return 1  # before there were several
    return int((await answer.fetchall())[0][0])


async def _take_over(connection: Connection, worker: str) -> bool:
    answer = await connection.execute("SELECT llm_data.take_over(%s)", [worker])
    return bool((await answer.fetchall())[0][0])


async def _told(connection: Connection, timeout_s: float) -> None:
    """Wait until something changed, or for so long."""
    async for _ in connection.notifies(timeout=timeout_s, stop_after=1):
        pass


def _until_due(work: Sequence[Vectorizer], now: datetime) -> float:
    """Seconds until the next change may be taken up, at most until it is time to look anyway."""
    due = [(each.due_at - now).total_seconds() for each in work if each.due_at is not None]
    return max(0.05, min([_POLL_S, *due]))
