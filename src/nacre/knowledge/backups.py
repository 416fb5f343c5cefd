"""Backs collections up into one archive, as they are at one moment, and restores them from it, whole or not at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, func, select

from nacre import __version__
from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput, NotAllowed, NotFound
from nacre.core.names import check_slug
from nacre.core.operations import Answer, Stream
from nacre.core.principals import OWNER, Principal, Role
from nacre.core.progress import report
from nacre.core.spools import Spool, Spools
from nacre.core.store.database import Database
from nacre.knowledge.access import Access, Reach, may_read, may_write
from nacre.knowledge.arriving import Arriving, require_place
from nacre.knowledge.backup_format import FORMAT, Archive, Counts, Facts, Settings, Writer, damaged
from nacre.knowledge.collections import Collection, reach_of, to_read
from nacre.knowledge.contents import Batch, batches
from nacre.knowledge.embedding import as_kept
from nacre.knowledge.index import Index
from nacre.knowledge.sources.packing import pack
from nacre.knowledge.tables import collections, documents, passages


class Restored(Answer):
    """The collections that are there again, under the names that they have now."""

    collections: list[Collection]


@dataclass(frozen=True)
class Wanted:
    """What is restored: `collections` of the archive (none named: all), a single one under the name `name`.

    `project` is whose they are to be, and `private` that they are the caller's own, instead of whose they were.
    """

    collections: Sequence[str]
    name: str | None
    replace: bool
    project: str | None
    private: bool


@dataclass(frozen=True)
class _Plan:
    """One collection of an archive: its settings there, and what it is to be here."""

    settings: Settings
    name: str
    reach: Reach
    counts: Counts


@dataclass(frozen=True)
class Backups:
    """Called from worker threads. `project_exists` tells whether there is a project of that name."""

    store: Database
    clock: Clock
    index: Index
    spools: Spools
    arriving: Arriving
    project_exists: Callable[[str], bool]

    def back_up(self, who: Principal, names: Sequence[str]) -> Stream:
        """Those named, or all that the caller may read. It is gathered on disk first, and then handed out.

        Raises NotFound "collection-not-found", NoSpace "disk-full".
        """
        spool, now = self.spools.new(), self.clock()
        with self.store.snapshot() as connection:
            rows = _chosen(connection, who, names)
            counts = [_counts(connection, row) for row in rows]
            writer = Writer(
                spool, Facts(format=FORMAT, made_at=now, made_by=f"nacre {__version__}", collections=counts)
            )
            for row in rows:
                # Whoever may not fill a collection may not see its sources either.
                sources = pack(connection, row.id) if may_write(who, reach_of(row)) else iter(())
                settings = Settings.model_validate(_settings(row))
                writer.collection(settings, sources, batches(connection, self.index, row))
        writer.end()
        name = f"{rows[0].name if len(rows) == 1 else 'knowledge'}-{now:%Y%m%d-%H%M%S}.tar"
        return Stream.of(spool.pieces(), name, media_type="application/x-tar", size_bytes=len(spool))

    def restore(self, who: Principal, spool: Spool, wanted: Wanted) -> Restored:
        """Each collection is there whole or not at all, and one that is replaced serves until then.

        Raises InvalidInput "archive-damaged", "archive-too-new", "not-in-archive", "name-for-one", NotAllowed
        "not-allowed", NotFound "project-not-found", Conflict "collection-exists".
        """
        report("checking")
        archive = Archive(spool)
        plans = self._plans(who, archive, wanted)
        with self.store.read() as connection:
            for plan in plans:
                require_place(connection, who, plan.name, wanted.replace)
        return Restored(collections=[self._restored(who, archive, plan, wanted.replace) for plan in plans])

    def _restored(self, who: Principal, archive: Archive, plan: _Plan, replacing: bool) -> Collection:
        settings = plan.settings
        values = settings.model_dump(exclude={"chunking", "name"}) | {
            "chunking": settings.chunking.model_dump(mode="json"),
            "person": plan.reach.person,
            "project": plan.reach.project,
        }
        if who.role < Role.ADMIN:
            values["created_by"] = str(who)
        row = self.arriving.begin(plan.name, **values)
        try:
            done = 0
            for batch in archive.batches(settings):
                report(f"restoring {plan.name}", done=done, total=plan.counts.passages)
                self.arriving.put(row, _checked(who, settings, batch))
                done += len(batch.vectors)
            self.arriving.add_sources(who, row, archive.sources(settings))
            return self.arriving.settle(who, row, plan.name, plan.reach.access, replacing)
        except BaseException:
            self.arriving.discard(row)
            raise

    def _plans(self, who: Principal, archive: Archive, wanted: Wanted) -> list[_Plan]:
        counts = {one.name: one for one in archive.facts.collections}
        for name in wanted.collections:
            if name not in counts:
                raise InvalidInput(
                    "not-in-archive",
                    f"There is no collection “{name}” in this backup.",
                    hint=f"It holds {', '.join(counts) or 'none'}.",
                )
        chosen = list(dict.fromkeys(wanted.collections or counts))
        if wanted.name is not None and len(chosen) != 1:
            raise InvalidInput(
                "name-for-one",
                f"One name was given for {len(chosen)} collections.",
                hint="Say which one is meant with --collection.",
            )
        return [self._plan(who, archive.settings(name), counts[name], wanted) for name in chosen]

    def _plan(self, who: Principal, settings: Settings, counts: Counts, wanted: Wanted) -> _Plan:
        access: Access = "private" if wanted.private else "project" if wanted.project else settings.access
        project = None if access != "project" else wanted.project or settings.project
        person = settings.person if who == OWNER and not wanted.private else who.person
        reach = Reach(access, person, project)
        if project is None and access == "project":
            raise damaged(f"“{settings.name}” is a project's, and of none")
        if not may_write(who, reach):
            raise NotAllowed(
                "not-allowed",
                f"“{settings.name}” would be {_whose(reach)}, where {who} may put nothing.",
                hint="Restore it for yourself with --private, or into a project of yours with --project.",
            )
        if project is not None and not self.project_exists(project):
            raise NotFound(
                "project-not-found",
                f"“{settings.name}” was a collection of the project “{project}”, and there is none of that name.",
                hint="Restore it into another project with --project, or for yourself with --private.",
            )
        return _Plan(settings, check_slug(wanted.name or settings.name, "collection"), reach, counts)


def _whose(reach: Reach) -> str:
    return f"one of the project “{reach.project}”" if reach.project else f"one of “{reach.person}”"


def _checked(who: Principal, settings: Settings, batch: Batch) -> Batch:
    """As it is kept. Only an admin says of others what they added."""
    own = batch.documents
    if who.role < Role.ADMIN:
        own = [replace(one, added_by=str(who)) for one in own]
    return Batch(own, as_kept(batch.vectors, settings.dimension, settings.metric))


def _chosen(connection: Connection, who: Principal, names: Sequence[str]) -> list[Row[Any]]:
    for name in names:
        to_read(connection, who, name)
    rows = connection.execute(select(collections).order_by(collections.c.name)).all()
    return [row for row in rows if may_read(who, reach_of(row)) and (not names or row.name in names)]


def _counts(connection: Connection, row: Row[Any]) -> Counts:
    told = [
        connection.execute(select(func.count()).where(table.c.collection_id == row.id)).scalar_one()
        for table in (documents, passages)
    ]
    return Counts(name=row.name, documents=told[0], passages=told[1])


def _settings(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Settings.model_fields}
