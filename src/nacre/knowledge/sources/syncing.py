"""Brings a collection in step with a source: what changed is handed to the queue, and what is gone is removed.

A round that is killed is simply run again: what it handed over is noted, and not handed over twice.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager, suppress
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Row

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, InvalidInput, NacreError, NotAllowed, NotFound, Unavailable
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.progress import report
from nacre.core.store.database import Database
from nacre.knowledge.adding import Adding
from nacre.knowledge.collections import to_write
from nacre.knowledge.ingestion import ingestion as queue
from nacre.knowledge.ingestion.askers import Standing, by_now
from nacre.knowledge.sources import book
from nacre.knowledge.sources.book import LEFT_OUT, STOPPED, Seen
from nacre.knowledge.sources.item import Document, Item, Kind, Memory, Settings

_HANDED_AT_ONCE = 100
_HANDED_BYTES = 32 << 20
_LONGEST_NAME = 500


class Synced(Answer):
    """What a look at a source found: documents that were handed over as `changed`, those `unchanged`, `removed` ones,
    `refused` ones (`source show` says why), and how many were `left_out` as no documents.

    `trouble` says what kept it from being seen whole: nothing counts as gone then, and `ok` is false.
    """

    ok: bool
    source: str
    changed: int
    unchanged: int
    removed: int
    refused: int
    left_out: int
    trouble: str | None


class Syncing:
    """Called from worker threads; a source is looked at by one at a time."""

    def __init__(
        self,
        store: Database,
        clock: Clock,
        adding: Adding,
        ingestion: queue.Ingestion,
        standing: Standing,
        kinds: Mapping[str, Kind[Any]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._adding = adding
        self._ingestion = ingestion
        self._standing = standing
        self._kinds = kinds
        self._busy: dict[int, threading.Event] = {}
        self._left = threading.Condition()
        self._ending = threading.Event()

    def sync(self, number: int, *, wait_s: float = 0.0) -> Synced:
        """Once whoever is at it has left. Raises Conflict "source-busy" where nobody does in that time, NotFound
        "source-not-found" where it was removed meanwhile."""
        with self.alone(number, wait_s) as leave:
            with self._store.read() as connection:
                source = book.numbered(connection, number)
            if source is None:
                raise NotFound("source-not-found", "The source was removed meanwhile.")
            round_ = _Round(
                source, self._store, self._adding, self._ingestion, lambda: leave.is_set() or self._ending.is_set()
            )
            kind = self._kinds[source.kind]
            settings = kind.settings.model_validate(source.settings)
            try:
                who = self._who(source, kind, settings)
            except (NotAllowed, NotFound) as error:
                with self._store.write() as connection:
                    book.change(connection, number, state=STOPPED, trouble=error.message, looked_at=self._clock())
                return round_.told(error.message)
            return self._looked_at(round_, kind, settings, who)

    @contextmanager
    def alone(self, number: int, wait_s: float) -> Iterator[threading.Event]:
        """Nobody else is at a source inside the block. The event is set when whoever is inside is to leave.

        Raises Conflict "source-busy" where somebody is at it for longer than that.
        """
        with self._left:
            if not self._left.wait_for(lambda: number not in self._busy, wait_s):
                raise Conflict("source-busy", "The source is being looked at just now.", hint="Wait a little.")
            leave = self._busy[number] = threading.Event()
        try:
            yield leave
        finally:
            with self._left:
                del self._busy[number]
                self._left.notify_all()

    def ask_to_leave(self, number: int) -> None:
        """Whoever is at a source comes to an end with it soon."""
        with self._left:
            if number in self._busy:
                self._busy[number].set()

    def end(self) -> None:
        """Whoever is at a source leaves it; it is seen whole the next time."""
        self._ending.set()

    def _who(self, source: Row[Any], kind: Kind[Any], settings: Settings) -> Principal:
        """Whom it is read as, if they still may. Raises NotAllowed, NotFound."""
        with self._store.read() as connection:
            who = by_now(self._standing, connection, source.asker)
            to_write(connection, who, source.collection)
        kind.allow(who, settings)
        return who

    def _looked_at(self, round_: "_Round", kind: Kind[Any], settings: Settings, who: Principal) -> Synced:
        source, began = round_.source, self._clock()
        memory: Memory = dict(source.memory)
        trouble = None
        try:
            round_.go(kind, settings, who, memory)
        except _Interrupted:
            return round_.told("It was not looked through to its end.")
        except NacreError as error:
            trouble = error.message
        position: JsonValue = memory.pop("position", source.position)
        with self._store.write() as connection:
            values = {"looked_at": began, "memory": memory, "position": position, "trouble": trouble or round_.bound}
            in_step = {"in_step_at": began} if trouble is None else {}
            book.change(connection, source.id, **values, **in_step)
        return round_.told(trouble)


class _Interrupted(Exception):
    """Whoever looks at a source is to leave it."""


class _Round:
    """One look at a source; `is_ending` tells whether it is to end before it is through."""

    def __init__(
        self,
        source: Row[Any],
        store: Database,
        adding: Adding,
        ingestion: queue.Ingestion,
        is_ending: Callable[[], bool],
    ) -> None:
        self.source = source
        self.bound: str | None = None
        self._store = store
        self._adding = adding
        self._ingestion = ingestion
        self._is_ending = is_ending
        self._waiting: list[tuple[Item, Document]] = []
        self._waiting_bytes = 0
        self._changed = 0
        self._unchanged = 0
        self._removed = 0
        self._aside: list[Seen] = []

    def go(self, kind: Kind[Any], settings: Settings, who: Principal, memory: Memory) -> None:
        """Raises what the kind does where not all of it can be seen, and _Interrupted."""
        with self._store.read() as connection:
            known = book.known(connection, self.source)
        seen: set[str] = set()
        with closing(kind.items(who, settings, memory)) as items:
            try:
                for item in items:
                    self._check_ending()
                    if len(seen) == self.source.most:
                        self.bound = f"There are more than {self.source.most} documents; the rest is left out."
                        break
                    self._take(who, item, known.get(item.name), twice=item.name in seen)
                    seen.add(item.name)
                    report("looking", done=len(seen))
            finally:
                self._hand_over(who)
        self._remove(who, known.keys() - seen)

    def told(self, trouble: str | None) -> Synced:
        left_out = sum(one.code == LEFT_OUT for one in self._aside)
        return Synced(
            ok=trouble is None,
            source=self.source.name,
            changed=self._changed,
            unchanged=self._unchanged,
            removed=self._removed,
            refused=len(self._aside) - left_out,
            left_out=left_out,
            trouble=trouble or self.bound,
        )

    def _take(self, who: Principal, item: Item, known: Seen | None, *, twice: bool) -> None:
        if twice:
            self._aside.append(Seen(item.name, item.fingerprint, "same-name", "There is another one of this name."))
        elif known is None or known.fingerprint != item.fingerprint:
            self._take_new(who, item, known)
        elif known.code is None:
            self._unchanged += 1
        else:
            self._aside.append(known)

    def _take_new(self, who: Principal, item: Item, known: Seen | None) -> None:
        try:
            document = self._document(item)
        except NacreError as error:
            # What may pass is tried again, as if it had changed.
            fingerprint = "" if isinstance(error, Unavailable) else item.fingerprint
            self._put_aside(Seen(item.name, fingerprint, error.code, error.message))
            return
        if document is None:
            self._put_aside(Seen(item.name, item.fingerprint, LEFT_OUT, "It is no document."))
            if known is not None:
                self._take_out(who, item.name)
            return
        self._waiting.append((item, document))
        self._waiting_bytes += len(document.content)
        if len(self._waiting) >= _HANDED_AT_ONCE or self._waiting_bytes >= _HANDED_BYTES:
            self._hand_over(who)

    def _document(self, item: Item) -> Document | None:
        document = item.read()
        if document is None or not document.content.strip():
            return None
        if len(self._name(item.name)) > _LONGEST_NAME:
            raise InvalidInput("bad-name", f"Its name would have more than {_LONGEST_NAME} letters.")
        return document

    def _hand_over(self, who: Principal) -> None:
        """Into the queue first, then into the book: a kill in between hands over again what is there already."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if not waiting:
            return
        sent = [
            queue.Item(self._name(item.name), found.content, {**found.metadata, "source": self.source.name})
            for item, found in waiting
        ]
        self._ingestion.enqueue(who, self.source.collection, sent, self.source.id)
        with self._store.write() as connection:
            book.note(connection, self.source.id, [Seen(item.name, item.fingerprint) for item, _ in waiting])
        self._changed += len(waiting)

    def _remove(self, who: Principal, gone: AbstractSet[str]) -> None:
        for name in sorted(gone):
            self._check_ending()
            self._take_out(who, name)
            with self._store.write() as connection:
                book.forget(connection, self.source.id, [name])

    def _take_out(self, who: Principal, name: str) -> None:
        with suppress(NotFound):
            self._adding.remove(who, self.source.collection, self._name(name))
            self._removed += 1

    def _put_aside(self, seen: Seen) -> None:
        self._aside.append(seen)
        with self._store.write() as connection:
            book.note(connection, self.source.id, [seen])

    def _name(self, name: str) -> str:
        return f"{self.source.name}/{name}"

    def _check_ending(self) -> None:
        if self._is_ending():
            raise _Interrupted
