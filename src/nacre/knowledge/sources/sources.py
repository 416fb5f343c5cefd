"""Sources: which a collection has, and how they are added, paused, resumed and removed."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import JsonValue
from sqlalchemy import Row

from nacre.branches.catalog import Branch
from nacre.core.clock import Clock
from nacre.core.errors import Conflict, InvalidInput, NotFound
from nacre.core.names import check_slug
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.progress import report
from nacre.core.store.database import Database
from nacre.knowledge.adding import Adding
from nacre.knowledge.collections import to_write
from nacre.knowledge.ingestion.askers import kept
from nacre.knowledge.sources import book
from nacre.knowledge.sources.book import ON, PAUSED
from nacre.knowledge.sources.item import Kind, Settings
from nacre.knowledge.sources.syncing import Synced, Syncing

_REFUSED_SHOWN = 100
_LEAVING_S = 90.0
_PATIENCE_S = 600.0


class Source(Answer):
    """`every_s` is how often it is looked at, None for one that tells of its changes. `documents` were handed over and
    wait or are in, `refused` ones could not be taken, and what is no document was `left_out`.

    It is `stopped` when whoever added it may not read it any more, or it is gone for good; `trouble` says so, or what
    kept it from being seen whole when it was `looked_at`. `in_step_at` is when it last was.
    """

    name: str
    kind: str
    settings: dict[str, JsonValue]
    state: Literal["on", "paused", "stopped"]
    trouble: str | None
    documents: int
    refused: int
    left_out: int
    most: int
    every_s: float | None
    added_by: str
    added_at: datetime
    looked_at: datetime | None
    in_step_at: datetime | None


class Refused(Answer):
    """A document that could not be taken, as it is called in its source."""

    name: str
    code: str
    why: str


class WholeSource(Source):
    """With the first hundred that could not be taken, by name."""

    refusals: list[Refused]


class SourceRemoved(Answer):
    """`documents` are those that went with it."""

    name: str
    documents: int


@dataclass(frozen=True)
class Plan:
    """What a source is to be; without a `name` it is called after `called`."""

    kind: str
    settings: Settings
    name: str | None
    called: str
    most: int
    every_s: float | None


@dataclass(frozen=True)
class Sources:
    """Called from worker threads. `changed` is called when there is something to look at."""

    store: Database
    clock: Clock
    adding: Adding
    syncing: Syncing
    kinds: Mapping[str, Kind[Any]]
    changed: Callable[[], None]

    def add(self, who: Principal, collection: str, plan: Plan) -> Source:
        """It is looked at soon, and then again and again.

        Raises NotFound "collection-not-found", NotAllowed "not-allowed", InvalidInput "bad-name", "vector-needed",
        Conflict "source-exists", and what its kind does.
        """
        kind = self.kinds[plan.kind]
        settings = kind.settled(plan.settings)
        with self.store.read() as connection:
            _to_fill(to_write(connection, who, collection))
        kind.check(who, settings)
        name = check_slug(plan.name or _slug(plan.called), "source")
        with self.store.write() as connection:
            row = to_write(connection, who, collection)
            with suppress(NotFound):
                book.named(connection, row, name)
                raise Conflict(
                    "source-exists", f"“{collection}” has a source “{name}” already.", hint="Call it by another --name."
                )
            book.add(
                connection, collection_id=row.id, name=name, kind=plan.kind, most=plan.most,
                settings=settings.model_dump(mode="json"), branch_id=getattr(settings, "branch_id", None),
                every_s=plan.every_s or kind.every_s, memory={}, asker=kept(who), added_by=str(who),
                added_at=self.clock(), state=ON,
            )  # fmt: skip
            added = _source(book.named(connection, row, name))
        self.changed()
        return added

    def listing(self, who: Principal, collection: str) -> list[Source]:
        """Raises NotFound "collection-not-found", NotAllowed "not-allowed"."""
        with self.store.read() as connection:
            return [_source(row) for row in book.of(connection, to_write(connection, who, collection).id)]

    def show(self, who: Principal, collection: str, name: str) -> WholeSource:
        """Raises NotFound "source-not-found" too."""
        with self.store.read() as connection:
            row = book.named(connection, to_write(connection, who, collection), name)
            refused = book.refused(connection, row.id, _REFUSED_SHOWN)
        return WholeSource(
            **_source(row).model_dump(),
            refusals=[Refused(name=one.name, code=one.code, why=one.why) for one in refused],
        )

    def sync(self, who: Principal, collection: str, name: str) -> Synced:
        """Look at it now. Raises Conflict "source-busy", "source-not-on" too."""
        with self.store.read() as connection:
            row = book.named(connection, to_write(connection, who, collection), name)
        if row.state != ON:
            raise Conflict(
                "source-not-on",
                f"The source “{name}” is {row.state}" + (f": {row.trouble}" if row.trouble else "."),
                hint=f"`nacre knowledge source resume {collection} {name}` has it go on.",
            )
        return self.syncing.sync(row.id, wait_s=_PATIENCE_S)

    def pause(self, who: Principal, collection: str, name: str) -> Source:
        return self._change(who, collection, name, state=PAUSED)

    def resume(self, who: Principal, collection: str, name: str) -> Source:
        """From now on it is read as whoever resumes it, who must be one who could add it."""
        with self.store.read() as connection:
            row = book.named(connection, to_write(connection, who, collection), name)
        kind = self.kinds[row.kind]
        settings = kind.settled(kind.settings.model_validate(row.settings))
        kind.check(who, settings)
        resumed = self._change(
            who, collection, name, state=ON, trouble=None, looked_at=None, asker=kept(who),
            settings=settings.model_dump(mode="json"), branch_id=getattr(settings, "branch_id", None),
        )  # fmt: skip
        self.changed()
        return resumed

    def remove(self, who: Principal, collection: str, name: str, *, keep: bool) -> SourceRemoved:
        """With its documents, unless they are to be kept. Raises Conflict "source-busy".

        It is paused first: else it would bring back what is removed, if this is killed in the middle.
        """
        with self.store.write() as connection:
            row = book.named(connection, to_write(connection, who, collection), name)
            book.change(connection, row.id, state=PAUSED)
        removed = 0
        self.syncing.ask_to_leave(row.id)
        with self.syncing.alone(row.id, _LEAVING_S):
            if not keep:
                with self.store.read() as connection:
                    documents = book.handed_over(connection, row.id)
                for done, document in enumerate(documents):
                    report("removing", done=done, total=len(documents))
                    with suppress(NotFound):
                        self.adding.remove(who, collection, f"{name}/{document}")
                        removed += 1
            with self.store.write() as connection:
                book.remove(connection, row.id)
        return SourceRemoved(name=name, documents=removed)

    def leave(self, branch: Branch) -> None:
        """A branch goes: what is of it stops, since the next of its name is another one."""
        with self.store.write() as connection:
            book.stop_of_branch(connection, branch.id, f"The branch {branch.ref} was deleted.")

    def _change(self, who: Principal, collection: str, name: str, **values: Any) -> Source:
        with self.store.write() as connection:
            row = to_write(connection, who, collection)
            book.change(connection, book.named(connection, row, name).id, **values)
            return _source(book.named(connection, row, name))


def _source(row: Row[Any]) -> Source:
    return Source.model_validate(dict(row._mapping))


def _to_fill(collection: Row[Any]) -> None:
    if collection.model is None:
        raise InvalidInput(
            "vector-needed",
            f"“{collection.name}” has no model: its documents bring their vectors, and those of a source have none.",
            hint="Make a collection with a model.",
        )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).lstrip("-0123456789")[:39].strip("-") or "source"
