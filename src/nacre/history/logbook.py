"""The log of a branch: numbered entries a person can name, each with the exact state it stands for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from nacre.branches.catalog import Branch
from nacre.core.errors import Conflict, InvalidInput, NotFound
from nacre.core.moments import AtEntry, parse_moment
from nacre.core.store.store import Store
from nacre.history.tables import log

LEAVING = ("rewind", "undo", "reset")
"""Kinds whose entries name the state they left behind; it is what “before #12” means for them."""


@dataclass(frozen=True)
class Entry:
    """`generation_id`, `lsn` and `files_seq` are the state it names: the one captured, or the one left behind."""

    number: int
    branch_id: int
    kind: str
    time: datetime
    label: str | None
    who: str
    generation_id: int
    lsn: int
    files_seq: int
    detail: dict[str, Any]


class Logbook:
    def __init__(self, store: Store) -> None:
        self._store = store

    def entries(self, branch_id: int) -> list[Entry]:
        """Oldest first."""
        query = select(log).where(log.c.branch_id == branch_id).order_by(log.c.number)
        with self._store.read() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def between(self, since: datetime, until: datetime, kinds: Sequence[str]) -> Iterator[Entry]:
        """Of all branches, the newest first, read as they are asked for."""
        query = select(log).where(log.c.time >= since, log.c.time < until, log.c.kind.in_(kinds))
        with self._store.read() as connection:
            for row in connection.execute(query.order_by(log.c.id.desc())):
                yield _entry(row)

    def find(self, branch: Branch, number: int | None, label: str | None) -> Entry:
        """The entry of that number, or the newest of that label. Raises NotFound "moment-not-found"."""
        wanted = log.c.number == number if number is not None else log.c.label == label
        query = select(log).where(log.c.branch_id == branch.id, wanted).order_by(log.c.number.desc()).limit(1)
        with self._store.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            name = f"#{number}" if number is not None else f"“{label}”"
            raise NotFound(
                "moment-not-found",
                f"The log of {branch.ref} has no entry {name}.",
                hint=f"`nacre log {branch.ref}` shows them; a moment can also be a time or an age such as 10m.",
            )
        return _entry(row)

    def check_label(self, branch: Branch, label: str) -> None:
        """Refuse a label that could be read as another kind of moment, or that is taken."""
        if label != label.strip() or not 1 <= len(label) <= 200 or not label.isprintable():
            raise InvalidInput("bad-label", f"“{label:.80}” cannot be a label.", hint="One line of up to 200 letters.")
        if not _names_itself(label):
            raise InvalidInput(
                "bad-label", f"“{label}” would be read as another kind of moment.", hint="Add a word to it."
            )
        if any(entry.label == label for entry in self.entries(branch.id)):
            raise Conflict(
                "label-exists", f"{branch.ref} already has an entry “{label}”.", hint="Choose another label."
            )

    def add_once(self, branch: Branch, entry: Entry) -> int:
        """Write an entry whose detail names its `run`, unless that run has written it already; returns its number."""
        for present in self.entries(branch.id):
            if present.detail.get("run") == entry.detail["run"]:
                return present.number
        with self._store.write() as connection:
            return self.add(connection, branch, entry)

    def strike(self, connection: Connection, branch_id: int, run: str) -> bool:
        """Take back, inside the caller's transaction, the entry of that `run`; returns whether there was one."""
        own = log.c.detail["run"].as_string() == run
        return connection.execute(delete(log).where(log.c.branch_id == branch_id, own)).rowcount > 0

    def add(self, connection: Connection, branch: Branch, entry: Entry) -> int:
        """Write an entry (its own number is ignored) inside the caller's transaction; returns the number it got."""
        newest = connection.execute(select(func.max(log.c.number)).where(log.c.project_id == branch.project_id))
        number = (newest.scalar() or 0) + 1
        connection.execute(
            insert(log).values(
                project_id=branch.project_id,
                number=number,
                branch_id=branch.id,
                kind=entry.kind,
                time=entry.time,
                label=entry.label,
                who=entry.who,
                generation_id=entry.generation_id,
                lsn=entry.lsn,
                files_seq=entry.files_seq,
                detail=entry.detail,
            )
        )
        return number


def _names_itself(label: str) -> bool:
    try:
        return parse_moment(label, datetime(2000, 1, 1, tzinfo=UTC)) == AtEntry(label=label)
    except InvalidInput:
        return False


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    values = dict(row._mapping)
    del values["id"], values["project_id"]
    return Entry(**values)
