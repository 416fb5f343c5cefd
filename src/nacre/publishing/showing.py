"""Apps and releases as they are shown."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from nacre.core.operations import Answer
from nacre.core.principals import Principal, Role
from nacre.publishing.addresses import Addresses
from nacre.publishing.apps import App, Apps, Kind, Scale, State
from nacre.publishing.changes import Changes, Comparing
from nacre.publishing.logs import Logs
from nacre.publishing.releases import PHASES, Phase, Release, Releases
from nacre.publishing.releases import Kind as ReleaseKind

Status = Literal["unpublished", "starting", "running", "asleep", "stopped", "failing"]
Asked = Callable[[App], Status]
"""How an app runs now; asked of the runtime."""

Where = Callable[[App], str | None]
"""The machine that an app is on."""


class Trouble(Answer):
    """Why a release did not become live; `phase` is where it ended."""

    phase: Phase
    code: str
    message: str
    hint: str


class ReleaseShown(Answer):
    """`serves`: visitors get this one now. `source` is a checkpoint of the branch, such as #12, or a commit.

    `phases` are seconds by phase, in their order; `image_of` the release whose image it took over; `replaces` the one
    that served before; `checkpoint` that of the production branch from before its release command.
    """

    app: str
    number: int
    kind: ReleaseKind
    phase: Phase
    serves: bool
    source: str
    branch: str
    message: str | None
    who: str
    digest: str | None
    image_of: int | None
    replaces: int | None
    checkpoint: int | None
    job: int | None
    created_at: datetime
    finished_at: datetime | None
    seconds: float
    phases: dict[str, float]
    error: Trouble | None


class ReleaseDetail(ReleaseShown):
    """`changes` against the release it replaces, None for an app's first; `log` is its newest 64 kB."""

    run: dict[str, Any] | None
    changes: Changes | None
    log: str


class AppShown(Answer):
    """`state` is what was asked for, `status` how it is. `release` serves; `latest` is the newest, live or not.

    `database` is the branch that holds the data, None while there is none: `nacre log` and `sql --at` read it as any.
    `node` is the machine that it runs on, None while it is on none.
    """

    name: str
    project: str
    kind: Kind
    source: str
    state: State
    status: Status
    url: str | None
    release: int | None
    latest: ReleaseShown | None
    database: str | None
    node: str | None
    scale: Scale
    created_by: str
    created_at: datetime
    expires_at: datetime | None


class Showing:
    def __init__(
        self,
        apps: Apps,
        releases: Releases,
        addresses: Addresses,
        logs: Logs,
        comparing: Comparing,
        asked: Asked,
        where: Where,
    ) -> None:
        self._apps = apps
        self._releases = releases
        self._addresses = addresses
        self._logs = logs
        self._comparing = comparing
        self._asked = asked
        self._where = where

    def all(self, who: Principal) -> list[AppShown]:
        """The apps of the caller's projects; previews stand after the others."""
        shown = [self.app(app) for app in self._apps.all(who)]
        return sorted(shown, key=lambda app: (app.kind == "preview", app.name))

    def one(self, who: Principal, slug: str) -> AppShown:
        """Raises NotFound "app-not-found"."""
        return self.app(self._apps.of(who, slug, Role.VIEWER))

    def app(self, app: App) -> AppShown:
        latest = next(iter(self._releases.of(app)), None)
        branch = self._apps.branch(app)
        return AppShown(
            name=app.slug,
            project=app.project,
            kind=app.kind,
            source=str(app.source_ref),
            state=app.state,
            status=self._asked(app),
            url=self._addresses.url(app.slug),
            release=app.release,
            latest=release_shown(app, latest) if latest else None,
            database=str(branch.ref) if branch else None,
            node=self._where(app),
            scale=app.scale,
            created_by=app.created_by,
            created_at=app.created_at,
            expires_at=app.expires_at,
        )

    def releases(self, who: Principal, slug: str) -> list[ReleaseShown]:
        """Newest first. Raises NotFound "app-not-found"."""
        app = self._apps.of(who, slug, Role.VIEWER)
        return [release_shown(app, release) for release in self._releases.of(app)]

    def release(self, who: Principal, slug: str, number: int) -> ReleaseDetail:
        """Raises NotFound "app-not-found" or "release-not-found"."""
        app = self._apps.of(who, slug, Role.VIEWER)
        release = self._releases.find(app, number)
        may_read = (who.role_in(app.project) or Role.VIEWER) >= Role.USER
        return ReleaseDetail(
            **dict(release_shown(app, release)),
            run=dict(release.run) if release.run is not None else None,
            changes=self._comparing.changes(app, release),
            log=self._logs.read(release) if may_read else "",
        )


def release_shown(app: App, release: Release) -> ReleaseShown:
    phases = {phase: release.seconds[phase] for phase in PHASES if phase in release.seconds}
    return ReleaseShown(
        app=app.slug,
        number=release.number,
        kind=release.kind,
        phase=release.phase,
        serves=app.release == release.number,
        source=source_in_words(release),
        branch=release.branch,
        message=release.message,
        who=release.who,
        digest=release.digest,
        image_of=release.image_of,
        replaces=release.replaces,
        checkpoint=release.checkpoint,
        job=release.job_id,
        created_at=release.created_at,
        finished_at=release.finished_at,
        seconds=sum(phases.values()),
        phases=phases,
        error=_trouble(release),
    )


def source_in_words(release: Release) -> str:
    """`#12`, or the first digits of a commit."""
    if release.source["kind"] == "commit":
        return str(release.source["sha"])[:12]
    return f"#{release.source['number']}"


def _trouble(release: Release) -> Trouble | None:
    if release.error_code is None:
        return None
    return Trouble(
        phase=release.failed_in or release.phase,
        code=release.error_code,
        message=release.error_message or "",
        hint=release.error_hint or "",
    )
