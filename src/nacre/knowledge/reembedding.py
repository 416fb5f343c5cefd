"""Makes vectors of another model for all that is in a collection, in the background, and has them take the place of the
old ones at once, once there is one of every passage.

They are another generation, beside the one that is searched. Passages get theirs in the order of their numbers: a new
one has a greater number than all that there were, so all up to `done_to` have one, whatever comes meanwhile, and what
goes leaves both generations. Each batch is one transaction, and so is the end: killed between, it goes on from there.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, Failed, InvalidInput, NacreError, NotFound
from nacre.core.principals import Principal
from nacre.core.progress import ending, report, unheard, watched_by
from nacre.core.store.database import Database
from nacre.knowledge.access import HIDDEN
from nacre.knowledge.clearing import Clearing
from nacre.knowledge.collections import Collection, counted, to_write
from nacre.knowledge.embedding import Embedder, as_vectors
from nacre.knowledge.index import Index
from nacre.knowledge.ingestion import book
from nacre.knowledge.ingestion.askers import Standing, by_now, kept
from nacre.knowledge.ingestion.troubles import Trouble, pause_s, trouble_of
from nacre.knowledge.tables import collections, passages, reembeddings

_AT_ONCE = 256
_STOPS = frozenset({"asker-gone", "not-allowed", "collection-not-found"})
"""Besides what stops the queue of a collection: what only a person can mend."""

_LOOKED_AFTER_S = 1.0
"""How often whoever waits looks whether there is something to tell."""

_log = structlog.get_logger()


class Reembedding:
    """Called from worker threads; a thread of its own works while there is something to do."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        index: Index,
        embedder: Embedder,
        clearing: Clearing,
        standing: Standing,
        switched: Callable[[], None],
        at_once: int = _AT_ONCE,
    ) -> None:
        """`standing` tells what people may do by now; `switched` is called when a collection has its new vectors.

        `at_once`: how many passages are embedded in one call, and get their vectors in one transaction.
        """
        self._database = database
        self._clock = clock
        self._index = index
        self._embedder = embedder
        self._clearing = clearing
        self._standing = standing
        self._switched = switched
        self._at_once = at_once
        self._turned = threading.Condition()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, who: Principal, name: str, model: str | None) -> Collection:
        """Begin, or have go on at once what pauses, with the model of the collection's own name where none is named.

        Raises NotFound "collection-not-found", NotAllowed "not-allowed", InvalidInput "model-needed", Conflict
        "same-model", "being-reembedded", and what asking the model is refused with.
        """
        with self._database.read() as connection:
            collection = to_write(connection, who, name)
        wanted = model or collection.model
        if wanted is None:
            raise InvalidInput("model-needed", f"“{name}” has no model yet.", hint="Name one: --model.")
        probe = self._embedder.embed(who, [name], wanted)
        if probe.digest == collection.digest:
            raise Conflict("same-model", f"The vectors of “{name}” are of just this model: {probe.model}.")
        with self._database.write() as connection:
            begun = _coming(connection, collection.id)
            if begun is None:
                self._note(connection, who, collection, probe.model, probe.digest, probe.vectors.shape[1])
            elif (begun.model, begun.digest) != (probe.model, probe.digest):
                raise Conflict(
                    "being-reembedded",
                    f"Vectors of {begun.model} are being made for “{name}”.",
                    hint=f"Wait for these, or cancel them: nacre knowledge reembedding cancel {name}",
                )
            else:
                _set(connection, begun, asker=kept(who), failures=0, error=None, hint=None, again_at=None)
            begun_now = counted(connection, collection.id)
        self.wake()
        return begun_now

    def cancel(self, who: Principal, name: str) -> Collection:
        """Leave the collection as it is. Raises NotFound "not-being-reembedded", and what `to_write` does."""
        with self._database.read() as connection:
            collection = to_write(connection, who, name)
        with self._index.changing(collection) as changing:
            coming = _coming(changing.connection, collection.id)
            if coming is None:
                raise NotFound("not-being-reembedded", f"No vectors of another model are being made for “{name}”.")
            self._abandon(changing.connection, coming)
            changing.forgone()
            left = counted(changing.connection, collection.id)
        self._clearing.wake()
        self._tell()
        return left

    def follow(self, who: Principal, name: str) -> Collection:
        """Wait until it is done, stopped or cancelled, or nobody waits any more, and report how far it is.

        A caller who asked for the answer alone cannot be seen to go, and so is told when it pauses.
        """
        watched = not unheard()
        while True:
            with self._database.read() as connection:
                collection = counted(connection, to_write(connection, who, name).id)
            at = collection.reembedding
            if at is None or at.state == "stopped" or self._stopping.is_set() or ending():
                return collection
            if unheard() and (watched or at.state == "paused"):
                return collection
            report(f"waiting: {at.error}" if at.error else f"embedding by {at.model}", done=at.done, total=at.total)
            with self._turned:
                self._turned.wait(_LOOKED_AFTER_S)

    def wake(self) -> None:
        """There may be something to do."""
        with self._turned:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._work, name="reembedding", daemon=True)
                self._thread.start()
            self._turned.notify_all()

    def stop(self) -> None:
        """At once, but for what is being written; the rest is done after the next start."""
        with self._turned:
            self._stopping.set()
            self._turned.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def finish(self) -> None:
        """Do all that can be done now, here."""
        while not self._stopping.is_set() and (coming := self._next()) is not None:
            self._turn(coming)

    def _note(
        self, connection: Connection, who: Principal, collection: Row[Any], model: str, digest: str, dimension: int
    ) -> None:
        own = collections.c.id == collection.id
        last = update(collections).where(own).values(last_generation=collections.c.last_generation + 1)
        generation = connection.execute(last.returning(collections.c.last_generation)).scalar_one()
        connection.execute(
            insert(reembeddings).values(
                collection_id=collection.id,
                generation=generation,
                model=model,
                digest=digest,
                dimension=dimension,
                done_to=0,
                asker=kept(who),
                started_by=str(who),
                started_at=self._clock(),
                failures=0,
            )
        )
        coming = _coming(connection, collection.id)
        assert coming is not None
        self._index.make_vectors(connection, coming)

    def _abandon(self, connection: Connection, coming: Row[Any]) -> None:
        connection.execute(delete(reembeddings).where(reembeddings.c.collection_id == coming.id))
        self._clearing.vectors_gone(connection, coming.id, coming.dimension, coming.generation)

    def _work(self) -> None:
        while True:
            self.finish()
            with self._turned:
                seconds = self._until_next()
                if self._stopping.is_set() or seconds is None:
                    self._thread = None
                    return
                self._turned.wait(seconds)

    def _turn(self, coming: Row[Any]) -> None:
        try:
            self._step(coming)
        except NacreError as error:
            if not self._stopping.is_set():  # else it was cancelled
                self._pause(coming, error)
        except Exception as error:
            _log.exception("vectors of another model are not made", collection=coming.name)
            what = f"It failed with {type(error).__name__}."
            self._pause(coming, Failed("reembedding-failed", what, hint="`nacre system logs daemon` has more."))
        self._tell()

    def _step(self, coming: Row[Any]) -> None:
        with self._database.read() as connection:
            texts = connection.execute(_texts(coming).limit(self._at_once)).all()
            who = by_now(self._standing, connection, coming.asker)
            to_write(connection, who, coming.name)
        if not texts:
            self._switch(coming)
            return
        with watched_by(lambda step: None, gone=self._stopping):
            embedded = self._embedder.embed(who, [row.context + row.text for row in texts], coming.model)
        if embedded.digest != coming.digest:
            raise _changed(coming)
        numbers = as_vectors(embedded.vectors, coming.dimension, coming.metric)
        with self._index.changing(coming) as changing:
            if _is_current(changing.connection, coming):
                changing.embed(coming, [row.id for row in texts], numbers)
                _set(
                    changing.connection, coming, done_to=texts[-1].id, failures=0, error=None, hint=None, again_at=None
                )

    def _switch(self, coming: Row[Any]) -> None:
        self._index.warm(coming)
        with self._index.changing(coming) as changing:
            connection = changing.connection
            if not _is_current(connection, coming) or connection.execute(_texts(coming).limit(1)).first():
                return
            own = collections.c.id == coming.id
            old = connection.execute(select(collections).where(own)).one()
            connection.execute(
                update(collections)
                .where(own)
                .values(
                    model=coming.model,
                    digest=coming.digest,
                    dimension=coming.dimension,
                    generation=coming.generation,
                    revision=collections.c.revision + 1,
                )
            )
            connection.execute(delete(reembeddings).where(reembeddings.c.collection_id == coming.id))
            self._clearing.vectors_gone(connection, old.id, old.dimension, old.generation)
            book.let_go(connection, coming.id, code="model-changed")
            changing.moved()
        self._clearing.wake()
        self._switched()

    def _pause(self, coming: Row[Any], error: NacreError) -> None:
        failures = coming.failures + 1
        stops = error.code in _STOPS or trouble_of(error) is Trouble.COLLECTION
        again_at = None if stops else self._clock() + timedelta(seconds=pause_s(failures, error))
        with self._database.write() as connection:
            _set(connection, coming, failures=failures, error=error.message, hint=error.hint, again_at=again_at)

    def _next(self) -> Row[Any] | None:
        """What can get on now, the one that was begun first."""
        ready = _COMING.where(_ready(self._clock())).order_by(reembeddings.c.started_at).limit(1)
        with self._database.read() as connection:
            first: Row[Any] | None = connection.execute(ready).one_or_none()
        return first

    def _until_next(self) -> float | None:
        """Seconds until something may get on, None where nothing will."""
        with self._database.read() as connection:
            rows = connection.execute(_COMING.where(_ready(None))).all()
        now = self._clock()
        waits = [0.0 if row.again_at is None else (row.again_at - now).total_seconds() for row in rows]
        return max(0.0, min(waits)) if waits else None

    def _tell(self) -> None:
        with self._turned:
            self._turned.notify_all()


_COMING: Select[Any] = (
    select(
        collections.c.id, collections.c.name, collections.c.metric, collections.c.folding, reembeddings.c.generation,
        reembeddings.c.model, reembeddings.c.digest, reembeddings.c.dimension, reembeddings.c.done_to,
        reembeddings.c.asker, reembeddings.c.failures, reembeddings.c.again_at,
    )
    .join(reembeddings, reembeddings.c.collection_id == collections.c.id)
    .where(collections.c.access != HIDDEN)
)  # fmt: skip
"""The rows of collections as they will be, with how far they are."""


def _coming(connection: Connection, number: int) -> Row[Any] | None:
    own: Row[Any] | None = connection.execute(_COMING.where(collections.c.id == number)).one_or_none()
    return own


def _ready(now: datetime | None) -> Any:
    """What may get on now, or (None) ever, without anybody's help."""
    waits = reembeddings.c.again_at.is_not(None) if now is None else reembeddings.c.again_at <= now
    return or_(reembeddings.c.error.is_(None), waits)


def _texts(coming: Row[Any]) -> Any:
    left = passages.c.collection_id == coming.id, passages.c.id > coming.done_to
    return select(passages.c.id, passages.c.context, passages.c.text).where(*left).order_by(passages.c.id)


def _is_current(connection: Connection, coming: Row[Any]) -> bool:
    """Whether nobody has cancelled it, or deleted the collection; nobody does so before the transaction ends."""
    connection.execute(select(collections.c.id).where(collections.c.id == coming.id).with_for_update())
    now = _coming(connection, coming.id)
    return now is not None and (now.generation, now.done_to) == (coming.generation, coming.done_to)


def _set(connection: Connection, coming: Row[Any], **values: Any) -> None:
    own = reembeddings.c.collection_id == coming.id, reembeddings.c.generation == coming.generation
    connection.execute(update(reembeddings).where(*own).values(**values))


def _changed(coming: Row[Any]) -> Conflict:
    return Conflict(
        "model-changed",
        f"“{coming.model}” stands for another model now than when vectors of it were begun for “{coming.name}”.",
        hint=f"Begin anew: nacre knowledge reembedding cancel {coming.name}, and then knowledge collection reembed.",
    )
