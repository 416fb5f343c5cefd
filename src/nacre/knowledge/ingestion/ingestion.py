"""The way into collections for everything that nobody waits for: queued at once, worked off in the background.

`Ingestion.enqueue` returns once all is on disk: from then on each document is either waiting, or in, or failed with a
sentence that says why, whatever is killed when. A newer document of a name replaces one that waits.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from blake3 import blake3
from pydantic import JsonValue
from sqlalchemy import Connection, Row, func, select

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, InvalidInput, NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.store.database import Database
from nacre.knowledge.adding import Added, Adding
from nacre.knowledge.collections import to_read, to_write
from nacre.knowledge.ingestion import book
from nacre.knowledge.ingestion.askers import Standing, kept
from nacre.knowledge.ingestion.book import EVERYBODY, WAITING, Entry, Form
from nacre.knowledge.ingestion.line import Line
from nacre.knowledge.ingestion.progress import Seen
from nacre.knowledge.ingestion.spool import Spool
from nacre.knowledge.ingestion.telling import Telling
from nacre.knowledge.metadata import check_metadata
from nacre.knowledge.preparing import origin_of
from nacre.knowledge.tables import pending

State = Literal["waiting", "failed"]


@dataclass(frozen=True)
class Item:
    """A document to be added later: `data` are the bytes of a file, which is read as its name says, or text as it is.
    `metadata` is what searches are filtered by; a file's has its `kind` too."""

    name: str
    data: bytes | str
    metadata: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def form(self) -> Form:
        return "file" if isinstance(self.data, bytes) else "text"

    @property
    def content(self) -> bytes:
        return self.data if isinstance(self.data, bytes) else self.data.encode()


class Enqueued(Answer):
    """How many documents wait now, of those that were sent; `unchanged` are in already, just so."""

    waiting: int
    unchanged: int


class AtWork(Answer):
    """A document at work: `done` of its `total` passages are embedded; None while it is read."""

    name: str
    done: int
    total: int | None


class Held(Answer):
    """Why nothing is worked on, until when (None: until it is resumed); `person` is whose documents wait, None for
    everybody's."""

    person: str | None
    until: datetime | None
    code: str
    reason: str
    hint: str
    held_by: str
    held_at: datetime


class Queue(Answer):
    """What waits to be added to a collection, and how that goes on.

    `done`, `unchanged` and `failed_lately` count since the queue last was empty; `passages_per_s` is that of the last
    minute, and `left_s` the time that is left at its rate.
    """

    collection: str
    waiting: int
    waiting_bytes: int
    failed: int
    paused: bool
    held: list[Held]
    at_work: list[AtWork]
    done: int
    unchanged: int
    failed_lately: int
    passages_per_s: float
    left_s: float | None


class Pending(Answer):
    """A document that waits or failed; `error` says why it failed, or why it is tried again at `not_before`."""

    name: str
    state: State
    source: int | None
    size_bytes: int
    attempts: int
    not_before: datetime | None
    code: str | None
    error: str | None
    hint: str | None
    person: str
    asked_at: datetime


class Changed(Answer):
    """How many documents it was about."""

    collection: str
    documents: int


@dataclass(frozen=True, eq=False)
class _Sent:
    """An item with the digest of its content."""

    item: Item
    digest: str

    def origin(self, chunking: str) -> str:
        return origin_of(self.item.form, self.digest, self.item.metadata, chunking)

    def waits_as(self, row: Row[Any] | None) -> bool:
        """Whether this is what waits already."""
        same = self.item.form, self.digest, dict(self.item.metadata)
        return row is not None and row.state == WAITING and (row.form, row.content, row.metadata) == same


@dataclass(frozen=True)
class _Sorted:
    """What was sent, as the collection stands: `known` is what waits under the same names, by name; those that are
    neither `unchanged` nor `new` wait already."""

    collection: Row[Any]
    known: dict[str, Row[Any]]
    unchanged: list[_Sent]
    new: list[_Sent]


@dataclass(frozen=True)
class Ingestion:
    """Called from worker threads."""

    store: Database
    clock: Clock
    spool: Spool
    line: Line
    telling: Telling
    adding: Adding

    @classmethod
    def of(cls, adding: Adding, folder: Path, standing: Standing, telling: Telling) -> "Ingestion":
        """What waits lies in `folder`, which is made at need; `standing` tells what people may do by now."""

        def named(contents: Collection[str] | None) -> set[str]:
            with adding.store.read() as connection:
                return book.named(connection, contents)

        spool = Spool(folder, named)
        return cls(adding.store, adding.clock, spool, Line(adding, spool, standing, telling), telling, adding)

    def resume_work(self) -> None:
        """At the start: take away what a kill left behind, and go on with what waits."""
        self.spool.sweep()
        with self.store.read() as connection:
            waits = connection.execute(select(pending.c.id).where(pending.c.state == WAITING).limit(1)).first()
        if waits is not None:
            self.line.wake()

    def enqueue(self, who: Principal, name: str, items: Sequence[Item], source: int | None = None) -> Enqueued:
        """Put documents in the queue of a collection; `source` is the number of what found them.

        They are added as whoever asks, with the rights that they have by then. All items are in memory here: whoever
        has more than some tens of megabytes calls several times.

        Raises NotFound "collection-not-found", NotAllowed "not-allowed", InvalidInput "same-name", "bad-metadata",
        "vector-needed", NoSpace "disk-full".
        """
        _check(items)
        sent = [_Sent(item, blake3(item.content).hexdigest()) for item in items]
        with self.store.read() as connection:
            new = self._sorted(connection, who, name, sent).new
        with self.spool.keeping({one.digest: one.item.content for one in new}), self.store.write() as connection:
            now = self._sorted(connection, who, name, sent)
            entries = [self._entry(who, now.collection, one, source) for one in new]
            replaced = [now.known[one.item.name] for one in (*new, *now.unchanged) if one.item.name in now.known]
            book.replace(connection, replaced, entries)
        self.spool.release([row.content for row in replaced])
        self._tell(now.collection.id)
        return Enqueued(waiting=len(sent) - len(now.unchanged), unchanged=len(now.unchanged))

    def upload(self, who: Principal, name: str, document: str, data: bytes, *, later: bool) -> Added:
        """A file: added at once, as Adding.upload does, or `later`, by the queue."""
        if not later:
            return self.adding.upload(who, name, document, data)
        told = self.enqueue(who, name, [Item(document, data)])
        return Added(added=0, unchanged=told.unchanged, passages=0, waiting=told.waiting)

    def show(self, who: Principal, name: str) -> Queue:
        """Raises NotFound "collection-not-found"."""
        with self.store.read() as connection:
            collection = to_read(connection, who, name)
            counts = {
                row.state: row
                for row in connection.execute(
                    select(pending.c.state, func.count().label("many"), func.sum(pending.c.size_bytes).label("bytes"))
                    .where(pending.c.collection_id == collection.id)
                    .group_by(pending.c.state)
                )
            }
            held = [_held(row) for row in book.held(connection, collection.id)]
        seen = self.line.progress.of(collection.id)
        waiting, waiting_bytes = (counts[WAITING].many, int(counts[WAITING].bytes)) if WAITING in counts else (0, 0)
        return Queue(
            collection=name,
            waiting=waiting,
            waiting_bytes=waiting_bytes,
            failed=counts[book.FAILED].many if book.FAILED in counts else 0,
            paused=any(one.until is None and one.person is None for one in held),
            held=held,
            at_work=[AtWork(name=one.name, done=one.done, total=one.total) for one in seen.at_work],
            done=seen.done,
            unchanged=seen.unchanged,
            failed_lately=seen.failed,
            passages_per_s=round(seen.passages_per_s, 1),
            left_s=_left_s(waiting_bytes, seen),
        )

    def listing(self, who: Principal, name: str, state: State | None, after: str, limit: int) -> list[Pending]:
        """By name, from that after `after` on. Raises NotFound "collection-not-found"."""
        with self.store.read() as connection:
            wanted = [pending.c.collection_id == to_read(connection, who, name).id, pending.c.name > after]
            if state is not None:
                wanted.append(pending.c.state == state)
            rows = connection.execute(select(pending).where(*wanted).order_by(pending.c.name).limit(limit)).all()
        return [Pending.model_validate(dict(row._mapping)) for row in rows]

    def pause(self, who: Principal, name: str) -> Queue:
        """What is being embedded at this moment is still written."""
        told = Conflict("paused", f"{who} paused it.", hint=f"`nacre knowledge queue resume {name}` goes on.")
        with self.store.write() as connection:
            collection = to_write(connection, who, name)
            book.hold(connection, collection.id, EVERYBODY, told, None, str(who), self.clock())
        self._tell(collection.id)
        return self.show(who, name)

    def resume(self, who: Principal, name: str) -> Queue:
        """Whatever held it up."""
        with self.store.write() as connection:
            collection = to_write(connection, who, name)
            book.let_go(connection, collection.id)
        self._tell(collection.id)
        return self.show(who, name)

    def retry(self, who: Principal, name: str, document: str | None) -> Changed:
        """One that failed or waits for its time, or all such. Raises NotFound "document-not-waiting" too."""
        with self.store.write() as connection:
            collection = to_write(connection, who, name)
            many = book.retry(connection, collection.id, document)
        self._tell(collection.id)
        return _changed(name, document, many)

    def clear(self, who: Principal, name: str, document: str | None) -> Changed:
        """Strike out one that waits or failed, or all. Raises NotFound "document-not-waiting" too."""
        with self.store.write() as connection:
            collection = to_write(connection, who, name)
            many = book.clear(connection, collection.id, document)
        self.spool.sweep()
        self._tell(collection.id)
        return _changed(name, document, many)

    def _sorted(self, connection: Connection, who: Principal, name: str, sent: Sequence[_Sent]) -> _Sorted:
        collection = to_write(connection, who, name)
        if collection.model is None:
            raise InvalidInput(
                "vector-needed",
                f"“{name}” has no model, so nothing can be embedded for it later: its documents bring their vectors.",
                hint="Add them with `nacre knowledge add`, or make a collection with a model.",
            )
        names = [one.item.name for one in sent]
        known = book.by_name(connection, collection.id, names)
        origins = book.origins(connection, collection.id, names)
        unchanged = [one for one in sent if origins.get(one.item.name) == one.origin(collection.chunking)]
        settled = {id(one) for one in sent if one.waits_as(known.get(one.item.name))} | set(map(id, unchanged))
        return _Sorted(collection, known, unchanged, [one for one in sent if id(one) not in settled])

    def _entry(self, who: Principal, collection: Row[Any], one: _Sent, source: int | None) -> Entry:
        item = one.item
        return Entry(
            collection_id=collection.id,
            source=source,
            name=item.name,
            metadata=dict(item.metadata),
            form=item.form,
            content=one.digest,
            size_bytes=len(item.content),
            person=who.person,
            asker=kept(who),
            asked_at=self.clock(),
        )

    def _tell(self, collection: int) -> None:
        self.line.wake()
        self.telling.tell(collection)


def _check(items: Sequence[Item]) -> None:
    seen: set[str] = set()
    for item in items:
        if item.name in seen:
            raise InvalidInput("same-name", f"Two of the documents are called “{item.name}”.")
        seen.add(item.name)
        check_metadata(item.name, item.metadata)


def _changed(name: str, document: str | None, many: int) -> Changed:
    if document is not None and not many:
        raise NotFound(
            "document-not-waiting",
            f"No document “{document}” waits to be added to “{name}”, and none failed.",
            hint=f"`nacre knowledge queue list {name}` shows those that do.",
        )
    return Changed(collection=name, documents=many)


def _left_s(waiting_bytes: int, seen: Seen) -> float | None:
    left_bytes = max(waiting_bytes - sum(one.done_bytes for one in seen.at_work), 0.0)
    return round(left_bytes / seen.bytes_per_s, 1) if seen.bytes_per_s else None


def _held(row: Row[Any]) -> Held:
    return Held.model_validate(dict(row._mapping) | {"person": row.person or None})
