"""Works off the queue: documents are read, cut, embedded across documents and written, each whole or not at all.

One thread decides; reading and embedding happen in threads of their own, two of each at most, so that the model never
waits: while some passages are embedded, the next documents are read and what is finished is written. A document is
taken out of the queue by the very transaction that writes it. What is in memory here is lost without harm.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection, Row, select, update

from nacre.core.errors import Damaged, Failed, NacreError
from nacre.core.principals import Principal
from nacre.core.progress import watched_by
from nacre.core.worker import Worker
from nacre.engines.reading.parsers import Parsers
from nacre.engines.reading.reading import read
from nacre.knowledge.adding import EMBEDDED_AT_ONCE, Adding, embedded
from nacre.knowledge.collections import to_write
from nacre.knowledge.ingestion import book, troubles
from nacre.knowledge.ingestion.askers import Standing, by_now
from nacre.knowledge.ingestion.progress import Doing, Progress
from nacre.knowledge.ingestion.spool import Spool
from nacre.knowledge.ingestion.telling import TOLD_EVERY_S, Telling
from nacre.knowledge.ingestion.troubles import Trouble
from nacre.knowledge.ingestion.turns import Turns
from nacre.knowledge.preparing import Cut, New, cut, origin_of, wanted, whole
from nacre.knowledge.tables import collections, documents

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

_READ_AT_ONCE = 2
_EMBEDDING_AT_ONCE = 2
_READY_PASSAGES = 2 * EMBEDDED_AT_ONCE
"""So many are cut before the model needs them, in each collection."""

_TAKEN_AT_ONCE = 32
_TRY_AGAIN_S = 5.0
_TRY_AGAIN_AT_MOST_S = 300.0
_LONGEST_SLEEP_S = 600.0
_log = structlog.get_logger()


@dataclass(eq=False)
class _Work:
    """A document under way, taken up in this `round` of its lane. Its first `begun` passages were given to the model,
    and `done` came back."""

    row: Row[Any]
    who: Principal
    collection: Row[Any]
    cut: Cut
    vectors: "Floats"
    round: int
    begun: int = 0
    done: int = 0
    dropped: bool = False

    @property
    def total(self) -> int:
        return len(self.cut.chunks)

    def goes_with(self, other: "_Work") -> bool:
        """Whether both may be embedded and written together."""
        return self.who == other.who and _same(self.collection, other.collection)


@dataclass(frozen=True)
class _Unchanged:
    """A document that, once read, is the one that is in already."""

    origin: str | None


@dataclass(frozen=True)
class _Part:
    """The passages of a document from `first` up to `last` that are embedded in one call."""

    work: _Work
    first: int
    last: int


@dataclass(eq=False)
class _Lane:
    """What is under way of one collection: rows that were `taken`, the `works` that are not all given to the model, and
    what is to be given to it `again`, in smaller pieces. `numbers` are those of all rows under way; `more` tells that
    there may be others. With each `round` all that was not given away is let go."""

    collection: int
    taken: deque[Row[Any]] = field(default_factory=deque)
    works: deque[_Work] = field(default_factory=deque)
    again: deque[list[_Part]] = field(default_factory=deque)
    numbers: set[int] = field(default_factory=set)
    reading: int = 0
    flying: int = 0
    more: bool = True
    round: int = 0

    @property
    def ready(self) -> int:
        """Passages that wait for the model."""
        return sum(work.total - work.begun for work in self.works)

    @property
    def may_read(self) -> bool:
        return bool(self.taken or self.more) and self.ready < _READY_PASSAGES

    @property
    def over(self) -> bool:
        return not (self.taken or self.works or self.again or self.reading or self.flying or self.more)


class Line(Worker):
    """Started at need."""

    def __init__(self, adding: Adding, spool: Spool, standing: Standing, telling: Telling) -> None:
        """Documents are prepared and written with what `adding` has."""
        super().__init__("knowledge")
        self.progress = Progress()
        self._store, self._clock, self._index = adding.store, adding.clock, adding.index
        self._embedder = adding.embedder
        self._account = None if adding.account is None else (adding.account.uid, adding.account.gid)
        self._parsers = Parsers(self._account)
        self._spool = spool
        self._standing = standing
        self._telling = telling
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lanes: dict[int, _Lane] = {}
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
                _put_down(lane)
            else:
                self._drop(lane)
        for collection in ready:
            self._lane(collection).more = True

    def _lane(self, collection: int) -> _Lane:
        lane = self._lanes.get(collection)
        if lane is None:
            lane = self._lanes[collection] = _Lane(collection)
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
            self._aside(partial(self._read, row, lane.round), partial(self._was_read, row))

    def _take(self, lane: _Lane) -> None:
        with self._store.read() as connection:
            rows = book.following(connection, lane.collection, self._clock(), lane.numbers, _TAKEN_AT_ONCE)
        lane.taken.extend(rows)
        lane.numbers.update(row.id for row in rows)
        lane.more = len(rows) == _TAKEN_AT_ONCE

    def _read(self, row: Row[Any], round_: int) -> "_Work | _Unchanged":
        """In a thread of its own. Raises what is wrong with the document, or with whoever sent it."""
        import numpy as np

        with self._store.read() as connection:
            who, collection = self._entered(connection, row)
        new = self._new(row, collection)
        (each,) = wanted([new], collection)
        with self._store.read() as connection:
            if self._index.digests(connection, collection, [row.name]).get(row.name) == each.digest:
                return _Unchanged(new.origin)
        made = cut(each, collection)
        vectors = np.empty((len(made.chunks), collection.dimension), np.float32)
        return _Work(row, who, collection, made, vectors, round_)

    def _new(self, row: Row[Any], collection: Row[Any]) -> New:
        try:
            data = self._spool.read(row.content)
        except FileNotFoundError:
            raise Damaged(
                "document-lost", f"What “{row.name}” is made of is not on the disk any more.", hint="Send it again."
            ) from None
        if row.form == "text":
            text, metadata = data.decode(), row.metadata
        else:
            found = read(row.name, data, self._account, self._parsers.parse)
            text, metadata = found.text, {"kind": found.kind.value} | row.metadata
        return New(row.name, text, metadata, None, origin_of(row.form, row.content, row.metadata, collection.chunking))

    def _was_read(self, row: Row[Any], found: "_Work | _Unchanged | Exception") -> None:
        lane = self._lanes[row.collection_id]
        lane.reading -= 1
        self._reading -= 1
        match found:
            case _Work() if found.round != lane.round:
                self._left(lane, row)
                lane.more = True
            case _Work():
                lane.works.append(found)
                self.progress.doing(lane.collection, row.id, Doing(row.name, row.size_bytes, 0, found.total))
            case _Unchanged():
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

    def _next_parts(self) -> list[_Part]:
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
        return lane.again.popleft() if lane.again else _parts(lane.works, EMBEDDED_AT_ONCE)

    def _embed(self, parts: Sequence[_Part]) -> "Floats":
        """In a thread of its own, and cancelled when the daemon stops."""
        work = parts[0].work
        texts = [chunk.embedded for part in parts for chunk in part.work.cut.chunks[part.first : part.last]]
        with watched_by(lambda step: None, gone=self._stopping):
            return embedded(self._embedder, work.who, work.collection, texts)

    def _was_embedded(self, parts: Sequence[_Part], made: "Floats | Exception") -> None:
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

    def _not_embedded(self, lane: _Lane, parts: Sequence[_Part], error: NacreError) -> None:
        """Of several that fail together, the one whose fault it is will be found."""
        left = [part for part in parts if not part.work.dropped]
        if troubles.trouble_of(error) is Trouble.DOCUMENT and len(left) > 1:
            half = len(left) // 2
            lane.again.extend([left[:half], left[half:]])
        elif left:
            self._failed(lane, [part.work.row for part in left], error, [part.work for part in left])

    def _write(self, lane: _Lane, works: Sequence[_Work]) -> None:
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

    def _put(self, lane: _Lane, works: Sequence[_Work]) -> set[int]:
        """The numbers of those that were written: not those that somebody replaced or cleared meanwhile."""
        with self._index.changing(works[0].collection) as changing:
            connection = changing.connection
            who, collection = self._entered(connection, works[0].row)
            if not _same(collection, works[0].collection):
                lane.more = True  # to be read again, as the collection is now
                return set()
            finished = book.finish(connection, [work.row.id for work in works])
            prepared = [whole(work.cut, work.vectors) for work in works if work.row.id in finished]
            if prepared:
                changing.put(prepared, str(who), self._clock())
            book.let_go(connection, lane.collection, only_passing=True)
        return finished

    def _failed(self, lane: _Lane, rows: Sequence[Row[Any]], error: NacreError, works: Sequence[_Work] = ()) -> None:
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

    def _hold(self, connection: Connection, lane: _Lane, row: Row[Any], trouble: Trouble, error: NacreError) -> None:
        now, until = self._clock(), None
        if trouble is Trouble.PROVIDER:
            before = [one.times for one in book.held(connection, lane.collection) if one.person == book.EVERYBODY]
            until = now + timedelta(seconds=troubles.pause_s(sum(before) + 1, error))
        person = row.person if trouble is Trouble.PERSON else book.EVERYBODY
        book.hold(connection, lane.collection, person, error, until, "nacre", now)

    def _drop(self, lane: _Lane) -> None:
        """Let go of what is not given to the model in whole: it waits on, and is read again when its time comes."""
        _put_down(lane)
        for work in [*lane.works, *(part.work for parts in lane.again for part in parts)]:
            work.dropped = True
            self._left(lane, work.row)
        lane.works.clear()
        lane.again.clear()
        lane.more = False
        lane.round += 1

    def _left(self, lane: _Lane, row: Row[Any]) -> None:
        lane.numbers.discard(row.id)
        self.progress.left(lane.collection, row.id)

    def _entered(self, connection: Connection, row: Row[Any]) -> tuple[Principal, Row[Any]]:
        """Whoever asked, with the rights that they have by now, and the collection, which they may still fill."""
        who = by_now(self._standing, connection, row.asker)
        name = connection.execute(select(collections.c.name).where(collections.c.id == row.collection_id)).scalar()
        return who, to_write(connection, who, name or "")

    def _aside(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do it in a thread of its own; `then` is told in this one of the answer, or of the exception."""

        def run() -> None:
            try:
                answer = work()
            except Exception as error:
                answer = error
            self._inbox.put(lambda: then(answer))

        threading.Thread(target=run, name="knowledge-aside", daemon=True).start()


def _put_down(lane: _Lane) -> None:
    """What was taken and not begun may be taken again."""
    lane.numbers.difference_update(row.id for row in lane.taken)
    lane.taken.clear()


def _parts(works: deque[_Work], most: int) -> list[_Part]:
    """The next passages, of as many documents as go together; those that are given away in whole leave `works`."""
    parts: list[_Part] = []
    room = most
    while works and room and (not parts or works[0].goes_with(parts[0].work)):
        work = works[0]
        first, last = work.begun, min(work.begun + room, work.total)
        parts.append(_Part(work, first, last))
        work.begun = last
        room -= last - first
        if last == work.total:
            works.popleft()
    return parts


def _same(one: Row[Any], other: Row[Any]) -> bool:
    """Whether what was made for the one is right for the other: a collection may have changed meanwhile."""
    return (one.id, one.model, one.digest, one.dimension, one.metric, one.chunking) == (
        other.id, other.model, other.digest, other.dimension, other.metric, other.chunking,
    )  # fmt: skip


def _as_error(error: Exception, name: str) -> NacreError:
    if isinstance(error, NacreError):
        return error
    _log.error("a document could not be taken in", document=name, exc_info=error)
    return Failed(
        "internal-error",
        f"“{name}” could not be taken in: {type(error).__name__}: {error}",
        hint="`nacre system logs` has the details.",
    )
