"""Tells monitoring of what happened elsewhere: branches that were rewound, and releases of apps."""

from collections.abc import Callable, Iterator
from datetime import datetime

from nacre.branches.catalog import Catalog
from nacre.core.clock import Clock
from nacre.core.principals import Principal
from nacre.core.store.store import Store
from nacre.history.logbook import LEAVING, Logbook
from nacre.monitoring.marks.marks import Happened, Mark, Source
from nacre.monitoring.sample import Subject
from nacre.monitoring.seeing import may_see
from nacre.publishing.apps import Apps
from nacre.publishing.releases import Releases


def rewinds(store: Store, catalog: Catalog) -> Source:
    """Rewinds, undos and resets of the branches that there are."""
    logbook = Logbook(store)

    def told(since: datetime, until: datetime) -> Iterator[Happened]:
        refs = {branch.id: branch.ref for branch in catalog.all_branches()}
        for entry in logbook.between(since, until, LEAVING):
            ref = refs.get(entry.branch_id)
            if ref is not None:
                mark = Mark(
                    time=entry.time, kind="rewind", news=entry.kind, subject="cluster", label=str(ref),
                    title=entry.label or "", number=entry.number, who=entry.who,
                )  # fmt: skip
                yield Happened(mark, _sees(Subject(mark.subject, mark.label)))

    return told


def releases(store: Store, clock: Clock, catalog: Catalog) -> Source:
    """Releases that went live or came to nothing."""
    book, apps = Releases(store, clock), Apps(store, catalog, clock)

    def told(since: datetime, until: datetime) -> Iterator[Happened]:
        by_id = {app.id: app for app in apps.every()}
        for release in book.ended_between(since, until):
            app = by_id.get(release.app_id)
            if app is not None and release.finished_at is not None:
                mark = Mark(
                    time=release.finished_at, kind="release", news=release.phase, subject="app",
                    label=f"{app.project}/{app.slug}", title=release.message or "", number=release.number,
                    who=release.who,
                )  # fmt: skip
                yield Happened(mark, _sees(Subject(mark.subject, mark.label)))

    return told


def _sees(subject: Subject) -> Callable[[Principal], bool]:
    return lambda who: may_see(who, subject)
