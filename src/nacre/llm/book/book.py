"""One open llm.db: reads at once, and writes in a thread of its own that commits whatever is waiting together."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import apsw

from nacre.core.errors import Conflict
from nacre.core.store.dbapi import sqlite_version_info
from nacre.core.store.version import check_version

T = TypeVar("T")
Write = Callable[[apsw.Connection], Any]

_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY"
_AT_ONCE = 500
_SOON_S = 0.05
"""What nobody waits for is written with what else comes within so long: it would wake the thread for each answer."""
_log = logging.getLogger(__name__)


class Book:
    """Belongs to one event loop. What is written survives a kill of the process once its write was awaited."""

    def __init__(self, path: Path) -> None:
        """Raises Conflict "newer-database" where a newer Nacre made it."""
        check_version(sqlite_version_info)
        self._reader = _open(path)
        _migrate(self._reader)
        self._writer = _open(path)
        self._waiting: queue.SimpleQueue[tuple[Write, asyncio.Future[Any] | None] | None] = queue.SimpleQueue()
        self._soon: list[Write] = []
        self._thread = threading.Thread(target=self._write_on, name="llm.db", daemon=True)
        self._thread.start()

    def read(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows of a short query: it runs on the event loop."""
        return list(self._reader.execute(sql, parameters))

    async def read_long(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query that may take a while; seen is what was committed until now."""
        return await self.write(lambda connection: list(connection.execute(sql, parameters)))

    async def write(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run `work` in a transaction, and answer once it is committed."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._pass_on()
        self._waiting.put((work, future))
        return await future

    def write_soon(self, work: Write) -> None:
        """The same, without waiting: a kill within the next moment may lose it."""
        if not self._soon:
            asyncio.get_running_loop().call_later(_SOON_S, self._pass_on)
        self._soon.append(work)

    def close(self) -> None:
        """Write what waits, and close."""
        self._pass_on()
        self._waiting.put(None)
        self._thread.join()
        self._writer.close()
        self._reader.close()

    def _pass_on(self) -> None:
        """To the thread, in the order in which it came."""
        soon, self._soon = self._soon, []
        for work in soon:
            self._waiting.put((work, None))

    def _write_on(self) -> None:
        open_still = True
        while open_still:
            batch = []
            for each in self._taken():
                if each is None:
                    open_still = False
                    break
                batch.append(each)
            self._commit(batch)

    def _taken(self) -> Iterator[tuple[Write, asyncio.Future[Any] | None] | None]:
        """Wait for one, and take what else is there."""
        yield self._waiting.get()
        for _ in range(_AT_ONCE):
            try:
                yield self._waiting.get_nowait()
            except queue.Empty:
                return

    def _commit(self, batch: list[tuple[Write, asyncio.Future[Any] | None]]) -> None:
        done: list[tuple[asyncio.Future[Any] | None, Any, BaseException | None]] = []
        try:
            with self._writer:
                for work, future in batch:
                    done.append((future, *self._attempt(work)))
        except apsw.Error as error:  # none of them is kept, as when the disk is full
            done = [(future, None, error) for _, future in batch]
        for future, result, failure in done:
            if future is not None:
                _tell(future, result, failure)
            elif failure is not None:
                _log.error("llm.db did not take what was to be written", exc_info=failure)

    def _attempt(self, work: Write) -> tuple[Any, BaseException | None]:
        """One write in a savepoint of its own, so that what fails takes nothing else with it."""
        try:
            with self._writer:
                result = work(self._writer)
        except Exception as error:
            return None, error
        return result, None


def _tell(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    def tell() -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)

    try:
        future.get_loop().call_soon_threadsafe(tell)
    except RuntimeError:
        return  # the loop ended meanwhile, and with it who waited


def _open(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.execute(_PRAGMAS)
    return connection


def _migrate(connection: apsw.Connection) -> None:
    scripts = sorted(Path(__file__).parent.glob("[0-9]*.sql"))
    (version,) = next(connection.execute("PRAGMA user_version"))
    if version > len(scripts):
        raise Conflict(
            "newer-database",
            f"llm.db has version {version}; this Nacre knows {len(scripts)}.",
            hint="Run the Nacre that last used this home, or a newer one.",
        )
    with connection:
        for number, script in enumerate(scripts[version:], version + 1):
            connection.execute(script.read_text())
            connection.execute(f"PRAGMA user_version={number}")
