"""Works off the queue: documents are read, cut, embedded across documents and written, each whole or not at all.

One thread decides; reading and embedding happen in threads of their own, two of each at most, so that the model never
waits: while some passages are embedded, the next documents are read and what is finished is written. A document is
taken out of the queue by the very transaction that writes it. What is in memory here is lost without harm.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection, Row, update

from nacre.core.errors import Failed, NacreError
from nacre.core.progress import watched_by
from nacre.core.worker import Worker
from nacre.engines.reading.parsers import Parsers
from nacre.knowledge.adding import EMBEDDED_AT_ONCE, Adding, embedded
from nacre.knowledge.ingestion import book, troubles
from nacre.knowledge.ingestion.askers import Standing
from nacre.knowledge.ingestion.lane import Lane, Part, Work, parts_of, same
from nacre.knowledge.ingestion.progress import Doing, Progress
from nacre.knowledge.ingestion.reader import Reader, Unchanged
from nacre.knowledge.ingestion.spool import Spool
from nacre.knowledge.ingestion.telling import TOLD_EVERY_S, Telling
from nacre.knowledge.ingestion.troubles import Trouble
from nacre.knowledge.ingestion.turns import Turns
from nacre.knowledge.preparing import whole
from nacre.knowledge.tables import documents

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

_READ_AT_ONCE = 2
_EMBEDDING_AT_ONCE = 2
_TAKEN_AT_ONCE = 32
_TRY_AGAIN_S = 5.0
_TRY_AGAIN_AT_MOST_S = 300.0
_LONGEST_SLEEP_S = 600.0
_log = structlog.get_logger()


class Line(Worker):
    """Started at need."""

    def __init__(self, adding: Adding, spool: Spool, standing: Standing, telling: Telling) -> None:
        """Documents are prepared and written with what `adding` has."""
        super().__init__("knowledge")
        self.progress = Progress()
        self._store, self._clock, self._index = adding.store, adding.clock, adding.index
        self._embedder = adding.embedder
        account = None if adding.account is None else (adding.account.uid, adding.account.gid)
        self._parsers = Parsers(account)
        self._spool = spool
        self._reader = Reader(adding.store, adding.index, spool, standing, self._parsers, account)
        self._telling = telling
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lanes: dict[int, Lane] = {}
        self._turns = Turns()
        self._reading = 0
        self._embedding = 0
        self._crashes = 0
        self._due: datetime | None = None
        self._started = False
        self._lock = threading.Lock()

    def wake(self) -> None:
        """Something about what waits has changed."""
        with self._lock:
            if not self._started and not self._stopping.is_set():
                self._started = True
                self.start()
        self._inbox.put(self._look)

    def stop(self) -> None:
        with self._lock:
            self._stopping.set()
        self._inbox.put(lambda: None)
        super().stop()
        self._parsers.close()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._advance()
                self._handle()
                self._crashes = 0
            except Exception:  # the store may be out of room for now: what waits goes on as soon as it is not
                _log.exception("the queue of documents starts over")
                for lane in self._lanes.values():
                    self._drop(lane)
                self._stopping.wait(min(_TRY_AGAIN_S * 2**self._crashes, _TRY_AGAIN_AT_MOST_S))
                self._crashes += 1
                self._inbox.put(self._look)

    def _advance(self) -> None:
        """Keep readers and the model busy, and let go of collections that are through."""
        if self._due is not None and self._clock() >= self._due:
            self._look()
        self._start_embedding()
        self._start_reading()
        for lane in [lane for lane in self._lanes.values() if lane.over]:
            del self._lanes[lane.collection]
            self._turns.end(lane.collection)
            if not self._lanes:
                self._parsers.close()
                self._spool.sweep()

    def _handle(self) -> None:
        """What came in meanwhile; waits until something does, or until something is due."""
        wait_s = TOLD_EVERY_S if self._telling.held_back else _LONGEST_SLEEP_S
        if self._due is not None:
            wait_s = min(max((self._due - self._clock()).total_seconds(), 0.0) + 0.01, wait_s)
        with suppress(Empty):
            self._inbox.get(timeout=wait_s)()
            while True:
                self._inbox.get_nowait()()
        self._telling.tell()

    def _look(self) -> None:
        """What was taken may have been replaced, cleared or paused, and more may have come."""
        now = self._clock()
        with self._store.read() as connection:
            ready = book.ready(connection, now)
            self._due = book.next_due(connection, now)
        for lane in self._lanes.values():
            if lane.collection in ready:
                lane.put_down()
            else:
                self._drop(lane)
        for collection in ready:
            self._lane(collection).more = True

    def _lane(self, collection: int) -> Lane:
        lane = self._lanes.get(collection)
        if lane is None:
            lane = self._lanes[collection] = Lane(collection)
            self._turns.begin(collection)
            self.progress.begin(collection)
        return lane

    def _start_reading(self) -> None:
        while self._reading < _READ_AT_ONCE:
            number = self._turns.next(lane.collection for lane in self._lanes.values() if lane.may_read)
            if number is None:
                return
            lane = self._lanes[number]
            if not lane.taken:
                self._take(lane)
                continue
            row = lane.taken.popleft()
            lane.reading += 1
            self._reading += 1
            self.progress.doing(lane.collection, row.id, Doing(row.name, row.size_bytes))
            self._aside(partial(self._reader.read, row, lane.round), partial(self._was_read, row))

    def _take(self, lane: Lane) -> None:
        with self._store.read() as connection:
            rows = book.following(connection, lane.collection, self._clock(), lane.numbers, _TAKEN_AT_ONCE)
        lane.taken.extend(rows)
        lane.numbers.update(row.id for row in rows)
        lane.more = len(rows) == _TAKEN_AT_ONCE

    def _was_read(self, row: Row[Any], found: "Work | Unchanged | Exception") -> None:
        lane = self._lanes[row.collection_id]
        lane.reading -= 1
        self._reading -= 1
        match found:
            case Work() if found.round != lane.round:
                self._left(lane, row)
                lane.more = True
            case Work():
                lane.works.append(found)
                self.progress.doing(lane.collection, row.id, Doing(row.name, row.size_bytes, 0, found.total))
            case Unchanged():
                self._left(lane, row)
                with self._store.write() as connection:
                    if book.finish(connection, [row.id]):
                        which = documents.c.collection_id == row.collection_id, documents.c.name == row.name
                        connection.execute(update(documents).where(*which).values(origin=found.origin))
                self.progress.unchanged(lane.collection, row.size_bytes)
                self._spool.release([row.content])
            case _:
                self._failed(lane, [row], _as_error(found, row.name))
        self._telling.tell(lane.collection)

    def _start_embedding(self) -> None:
        while self._embedding < _EMBEDDING_AT_ONCE:
            parts = self._next_parts()
            if not parts:
                return
            lane = self._lanes[parts[0].work.row.collection_id]
            lane.flying += 1
            self._embedding += 1
            self._turns.charge(lane.collection, sum(part.last - part.first for part in parts))
            self._aside(partial(self._embed, parts), partial(self._was_embedded, parts))

    def _next_parts(self) -> list[Part]:
        """Of the collection whose turn it is. A second call beside one that is under way has to be worth it."""
        number = self._turns.next(
            lane.collection
            for lane in self._lanes.values()
            if lane.again
            or (
                lane.works
                and (not self._embedding or lane.ready >= EMBEDDED_AT_ONCE or not (lane.reading or lane.may_read))
            )
        )
        if number is None:
            return []
        lane = self._lanes[number]
        return lane.again.popleft() if lane.again else parts_of(lane.works, EMBEDDED_AT_ONCE)

    def _embed(self, parts: Sequence[Part]) -> "Floats":
        """In a thread of its own, and cancelled when the daemon stops."""
        work = parts[0].work
        texts = [chunk.embedded for part in parts for chunk in part.work.cut.chunks[part.first : part.last]]
        with watched_by(lambda step: None, gone=self._stopping):
            return embedded(self._embedder, work.who, work.collection, texts)

    def _was_embedded(self, parts: Sequence[Part], made: "Floats | Exception") -> None:
        lane = self._lanes[parts[0].work.row.collection_id]
        lane.flying -= 1
        self._embedding -= 1
        if isinstance(made, Exception):
            self._not_embedded(lane, parts, _as_error(made, parts[0].work.row.name))
            return
        at = 0
        for part in parts:
            many = part.last - part.first
            part.work.vectors[part.first : part.last] = made[at : at + many]
            part.work.done += many
            at += many
            if not part.work.dropped:
                row = part.work.row
                self.progress.doing(
                    lane.collection, row.id, Doing(row.name, row.size_bytes, part.work.done, part.work.total)
                )
        self._telling.tell(lane.collection)
        self._write(lane, [part.work for part in parts if part.work.done == part.work.total and not part.work.dropped])

    def _not_embedded(self, lane: Lane, parts: Sequence[Part], error: NacreError) -> None:
        """Of several that fail together, the one whose fault it is will be found."""
        left = [part for part in parts if not part.work.dropped]
        if troubles.trouble_of(error) is Trouble.DOCUMENT and len(left) > 1:
            half = len(left) // 2
            lane.again.extend([left[:half], left[half:]])
        elif left:
            self._failed(lane, [part.work.row for part in left], error, [part.work for part in left])

    def _write(self, lane: Lane, works: Sequence[Work]) -> None:
        if not works:
            return
        try:
            written = self._put(lane, works)
        except NacreError as error:
            self._failed(lane, [work.row for work in works], error, works)
            return
        except Exception as error:
            if len(works) > 1:  # it may be one of them alone
                for work in works:
                    self._write(lane, [work])
            else:
                self._failed(lane, [works[0].row], _as_error(error, works[0].row.name), works)
            return
        for work in works:
            self._left(lane, work.row)
            if work.row.id in written:
                self.progress.done(lane.collection)
        self._spool.release([work.row.content for work in works])

    def _put(self, lane: Lane, works: Sequence[Work]) -> set[int]:
        """The numbers of those that were written: not those that somebody replaced or cleared meanwhile."""
        with self._index.changing(works[0].collection) as changing:
            connection = changing.connection
            who, collection = self._reader.entered(connection, works[0].row)
            if not same(collection, works[0].collection):
                lane.more = True  # to be read again, as the collection is now
                return set()
            finished = book.finish(connection, [work.row.id for work in works])
            prepared = [whole(work.cut, work.vectors) for work in works if work.row.id in finished]
            if prepared:
                changing.put(prepared, str(who), self._clock())
            book.let_go(connection, lane.collection, only_passing=True)
        return finished

    def _failed(self, lane: Lane, rows: Sequence[Row[Any]], error: NacreError, works: Sequence[Work] = ()) -> None:
        for work in works:
            work.dropped = True
            if work in lane.works:
                lane.works.remove(work)
        for row in rows:
            self._left(lane, row)
        lane.more = True
        trouble = troubles.trouble_of(error)
        with self._store.write() as connection:
            match trouble:
                case Trouble.DOCUMENT:
                    for row in rows:
                        book.fail(connection, row.id, error)
                case Trouble.ATTEMPT:
                    self._put_back(connection, rows, error)
                case _ if works and works[0].round == lane.round:
                    self._hold(connection, lane, rows[0], trouble, error)
            self._due = book.next_due(connection, self._clock())
        if trouble is Trouble.DOCUMENT:
            self.progress.failed(lane.collection, len(rows))
        elif trouble is not Trouble.ATTEMPT and works and works[0].round == lane.round:
            self._drop(lane)
            lane.more = True
        self._telling.tell(lane.collection)

    def _put_back(self, connection: Connection, rows: Sequence[Row[Any]], error: NacreError) -> None:
        for row in rows:
            after = troubles.tried(row.attempts + 1)
            if after.fails:
                book.fail(connection, row.id, error)
            else:
                not_before = self._clock() + timedelta(seconds=after.pause_s)
                book.put_back(connection, row.id, error, row.attempts + 1, not_before)

    def _hold(self, connection: Connection, lane: Lane, row: Row[Any], trouble: Trouble, error: NacreError) -> None:
        now, until = self._clock(), None
        if trouble is Trouble.PROVIDER:
            before = [one.times for one in book.held(connection, lane.collection) if one.person == book.EVERYBODY]
            until = now + timedelta(seconds=troubles.pause_s(sum(before) + 1, error))
        person = row.person if trouble is Trouble.PERSON else book.EVERYBODY
        book.hold(connection, lane.collection, person, error, until, "nacre", now)

    def _drop(self, lane: Lane) -> None:
        """Let go of what is not given to the model in whole: it waits on, and is read again when its time comes."""
        lane.put_down()
        for work in [*lane.works, *(part.work for parts in lane.again for part in parts)]:
            work.dropped = True
            self._left(lane, work.row)
        lane.works.clear()
        lane.again.clear()
        lane.more = False
        lane.round += 1

    def _left(self, lane: Lane, row: Row[Any]) -> None:
        lane.numbers.discard(row.id)
        self.progress.left(lane.collection, row.id)

    def _aside(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do it in a thread of its own; `then` is told in this one of the answer, or of the exception."""

        def run() -> None:
            try:
                answer = work()
            except Exception as error:
                answer = error
            self._inbox.put(lambda: then(answer))

        threading.Thread(target=run, name="knowledge-aside", daemon=True).start()


def _as_error(error: Exception, name: str) -> NacreError:
    if isinstance(error, NacreError):
        return error
    _log.error("a document could not be taken in", document=name, exc_info=error)
    return Failed(
        "internal-error",
        f"“{name}” could not be taken in: {type(error).__name__}: {error}",
        hint="`nacre system logs` has the details.",
    )
