"""The releases of apps: each a row that moves from phase to phase until it is live, failed or cancelled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Row, Select, func, insert, select, update

from nacre.core.clock import Clock
from nacre.core.errors import NacreError, NotFound
from nacre.core.principals import Principal
from nacre.core.store.store import Store
from nacre.publishing import tables
from nacre.publishing.apps import App

Phase = Literal["queued", "building", "database", "releasing", "starting", "switching", "live", "failed", "cancelled"]
PHASES: tuple[Phase, ...] = get_args(Phase)
ENDED: frozenset[Phase] = frozenset({"live", "failed", "cancelled"})
Kind = Literal["publish", "rollback", "configuration", "redeploy"]


@dataclass(frozen=True)
class Release:
    """`image_of` is the release whose image it takes over, `replaces` the one that served before it.

    `source` is what is published: a checkpoint of the branch, or a commit. `claimed`: its release command was begun.
    """

    id: int
    app_id: int
    number: int
    kind: Kind
    phase: Phase
    source: Mapping[str, Any]
    branch: str
    message: str | None
    who: str
    digest: str | None
    run: Mapping[str, Any] | None
    environment: str
    job_id: int | None
    image_of: int | None
    replaces: int | None
    checkpoint: int | None
    claimed: bool
    tables: Mapping[str, list[str]] | None
    seconds: Mapping[str, float]
    created_at: datetime
    entered_at: datetime
    finished_at: datetime | None
    failed_in: Phase | None
    error_code: str | None
    error_message: str | None
    error_hint: str | None

    @property
    def ended(self) -> bool:
        return self.phase in ENDED


class Releases:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def of(self, app: App) -> list[Release]:
        """All of an app's, newest first."""
        return list(self._found(_query().where(tables.releases.c.app_id == app.id)))

    def find(self, app: App, number: int) -> Release:
        """Raises NotFound "release-not-found"."""
        query = _query().where(tables.releases.c.app_id == app.id, tables.releases.c.number == number)
        release = next(self._found(query), None)
        if release is None:
            raise NotFound(
                "release-not-found",
                f"“{app.slug}” has no release {number}.",
                hint=f"`nacre release list {app.slug}` shows them.",
            )
        return release

    def by_id(self, release_id: int) -> Release:
        """Raises NotFound "release-not-found": its app was deleted."""
        release = next(self._found(_query().where(tables.releases.c.id == release_id)), None)
        if release is None:
            raise NotFound("release-not-found", "The app was deleted, and the release with it.")
        return release

    def before(self, app: App, release: Release) -> Release | None:
        """What a rollback from this release leads to: the release it replaced, or for one that was itself a rollback
        the last that was live before the one it led to."""
        if release.kind != "rollback" or release.image_of is None:
            return None if release.replaces is None else self.find(app, release.replaces)
        older = (one for one in self.of(app) if one.number < (release.image_of or 0))
        return next((one for one in older if one.phase == "live" and one.kind != "rollback"), None)

    def at(self, app: App, moment: datetime) -> Release | None:
        """The release that served at a moment, as far as is known."""
        live = [one for one in self.of(app) if one.phase == "live" and one.finished_at and one.finished_at <= moment]
        return max(live, key=lambda one: one.finished_at or moment, default=None)

    def failed_last(self) -> set[int]:
        """The apps, by their id, of which what was published last failed."""
        ended = tables.releases.c.phase.in_(("live", "failed"))
        last = select(func.max(tables.releases.c.id)).where(ended).group_by(tables.releases.c.app_id)
        query = select(tables.releases.c.app_id).where(
            tables.releases.c.id.in_(last), tables.releases.c.phase == "failed"
        )
        with self._store.read() as connection:
            return {*connection.execute(query).scalars()}

    def ended_between(self, since: datetime, until: datetime) -> Iterator[Release]:
        """Of all apps, those that went live, failed or were cancelled then, the newest first, read as they are asked
        for."""
        finished_at = tables.releases.c.finished_at
        query = _query().where(finished_at >= since, finished_at < until).order_by(tables.releases.c.id.desc())
        with self._store.read() as connection:
            for row in connection.execute(query):
                yield _release(row)

    def open(self, app: App | None = None) -> list[Release]:
        """Those that are not at their end, the oldest first."""
        query = _query().where(tables.releases.c.phase.not_in(ENDED))
        if app is not None:
            query = query.where(tables.releases.c.app_id == app.id)
        return list(self._found(query))[::-1]

    def begin(self, app: App, kind: Kind, who: Principal, environment: str, **values: Any) -> Release:
        """Add the app's next release, queued."""
        now = self._clock()
        with self._store.write() as connection:
            newest = connection.execute(
                select(func.max(tables.releases.c.number)).where(tables.releases.c.app_id == app.id)
            ).scalar()
            row = connection.execute(
                insert(tables.releases)
                .values(
                    app_id=app.id, number=(newest or 0) + 1, kind=kind, phase="queued", who=str(who),
                    environment=environment, claimed=False, seconds={}, created_at=now, entered_at=now, **values,
                )
                .returning(tables.releases)
            ).one()  # fmt: skip
        return _release(row)

    def note(self, release: Release, **values: Any) -> Release:
        """Write down what is known of it by now, in the phase it is in."""
        with self._store.write() as connection:
            row = connection.execute(
                update(tables.releases).where(tables.releases.c.id == release.id).values(**values)
                .returning(tables.releases)
            ).one()  # fmt: skip
        return _release(row)

    def enter(self, release: Release, phase: Phase) -> Release:
        """Move on to the next phase; how long the one before took is noted."""
        now = self._clock()
        took = max((now - release.entered_at).total_seconds(), 0.0)
        seconds = {**release.seconds, release.phase: release.seconds.get(release.phase, 0.0) + took}
        ended = {"finished_at": now} if phase in ENDED else {}
        return self.note(release, phase=phase, seconds=seconds, entered_at=now, **ended)

    def go_live(self, app: App, release: Release) -> Release:
        """The last step: this release is the one that serves, and is over, in one transaction."""
        now = self._clock()
        took = max((now - release.entered_at).total_seconds(), 0.0)
        with self._store.write() as connection:
            row = connection.execute(
                update(tables.releases)
                .where(tables.releases.c.id == release.id)
                .values(
                    phase="live",
                    finished_at=now,
                    entered_at=now,
                    replaces=app.release,
                    seconds={**release.seconds, release.phase: took},
                )
                .returning(tables.releases)
            ).one()
            connection.execute(
                update(tables.apps)
                .where(tables.apps.c.id == app.id)
                .values(release=release.number, source=release.branch, state="running")
            )
        return _release(row)

    def fail(self, release: Release, error: NacreError, phase: Phase = "failed") -> Release:
        """It ends here; the release that served before goes on serving."""
        noted = self.note(
            release,
            failed_in=release.phase,
            error_code=error.code,
            error_message=error.message,
            error_hint=error.hint,
        )
        return self.enter(noted, phase)

    def _found(self, query: Select[Any]) -> Iterator[Release]:
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(tables.releases.c.id.desc())).all()
        return map(_release, rows)


def _query() -> Select[Any]:
    return select(tables.releases)


def _release(row: Row[Any]) -> Release:
    return Release(**row._mapping)
