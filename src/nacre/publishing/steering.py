"""Steers a published app: back to an earlier release, its data back in time, stopped, started, scaled, gone."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from nacre.branches.catalog import Branch
from nacre.core.errors import Conflict, InvalidInput
from nacre.core.operations import Answer
from nacre.core.principals import Principal, Role
from nacre.history.machine import TimeMachine, Travelled
from nacre.history.travel import Only
from nacre.jobs.jobs import Jobs
from nacre.publishing.apps import App, Apps
from nacre.publishing.driver import Driver
from nacre.publishing.production import Production
from nacre.publishing.publisher import Publisher
from nacre.publishing.releases import Release, Releases
from nacre.publishing.showing import AppShown, ReleaseShown, Showing
from nacre.publishing.stage import Stage

_PATIENCE_S = 60.0
_CODE_ALONE = "Code and configuration went back; data stays as it is: `nacre app rewind` puts it back to a moment."
_ON_DATA = frozenset({"database", "releasing", "starting", "switching"})


class RolledBack(Answer):
    """`data` tells what became of the data where that was asked for. `note`: what this leaves as it is."""

    app: str
    url: str | None
    release: ReleaseShown
    data: Travelled | None
    undo: str
    note: str


class Rewound(Answer):
    """`release` is the one that serves now, where the code was asked to go back too."""

    app: str
    data: Travelled
    release: ReleaseShown | None
    undo: str
    note: str


class AppRemoved(Answer):
    """`branch`: the branch of its data, gone with it."""

    app: str
    branch: str | None


class Steering:
    def __init__(
        self,
        apps: Apps,
        releases: Releases,
        publisher: Publisher,
        production: Production,
        stage: Stage,
        machine: TimeMachine,
        showing: Showing,
        driver: Driver,
        jobs: Jobs,
        gone: Callable[[App], None],
    ) -> None:
        """`gone` is told of an app that is being removed, for others to forget what they keep of it."""
        self._apps = apps
        self._releases = releases
        self._publisher = publisher
        self._production = production
        self._stage = stage
        self._machine = machine
        self._showing = showing
        self._driver = driver
        self._jobs = jobs
        self._gone = gone
        self._changing: defaultdict[int, threading.RLock] = defaultdict(threading.RLock)

    def rollback(self, who: Principal, slug: str, to: int | None, *, data: bool) -> RolledBack:
        """Raises Conflict "nothing-to-roll-back-to", NotFound "release-not-found"."""
        app = self._apps.of(who, slug, Role.ADMIN if data else Role.USER)
        serving = self._serving(app)
        target = self._releases.find(app, to) if to is not None else self._releases.before(app, serving)
        if target is None or target.digest is None or target.run is None or target.phase != "live":
            raise Conflict(
                "nothing-to-roll-back-to",
                f"“{slug}” has no earlier release to go back to." if to is None else
                f"Release {to} of “{slug}” was never live.",
                hint=f"`nacre release list {slug}` shows what was.",
            )  # fmt: skip
        self._stage.require(app, target)
        done = self._publisher.back_to(who, app, target)
        travelled = self._data_before(who, app, target) if data else None
        return RolledBack(
            app=slug,
            url=done.url,
            release=done.release,
            data=travelled,
            undo=f"nacre app rollback {slug} --to {serving.number}",
            note=_note(app) if travelled else _CODE_ALONE,
        )

    def rewind(self, who: Principal, slug: str, moment: str, only: Only, *, code: bool) -> Rewound:
        """Raises Conflict "no-data", "publish-under-way" and what a rewind raises."""
        app = self._apps.of(who, slug, Role.ADMIN)
        branch = self._data_of(app)
        with self._settled(app):
            travelled = self._machine.rewind(branch.ref, self._machine.moment(moment), only, who, dry_run=False)
        release = self._code_of(who, app, travelled) if code else None
        return Rewound(
            app=slug,
            data=travelled,
            release=release,
            undo=f"nacre undo {branch.ref}",
            note="Data and code went back." if release else
            "Data went back; code stays as it is: `nacre app rollback` goes back to an earlier release.",
        )  # fmt: skip

    def stop(self, who: Principal, slug: str) -> AppShown:
        """Stop what serves; its data stays up, and `start` brings it back."""
        app = self._apps.of(who, slug, Role.USER)
        with self._settled(app):
            app = self._apps.update(app, state="stopped")
            self._stage.stop(app)
        return self._showing.app(app)

    def start(self, who: Principal, slug: str) -> AppShown:
        """Raises Conflict "not-published" and what starting raises."""
        app = self._apps.of(who, slug, Role.USER)
        self._serving(app)
        with self._settled(app):
            self._stage.start(app)
            app = self._apps.update(app, state="running")
        return self._showing.app(app)

    def move(self, who: Principal, slug: str, node: str) -> AppShown:
        """Raises Conflict "not-published", "app-has-files", "runs-no-apps", "publish-under-way", NotFound
        "node-not-found", and as starting does."""
        app = self._apps.of(who, slug, Role.ADMIN)
        self._serving(app)
        with self._settled(app):
            self._stage.move(app, node)
        return self._showing.app(app)

    def scale(self, who: Principal, slug: str, changes: dict[str, Any]) -> AppShown:
        """Change what was given of it; a live app goes on in a new release with the same image."""
        app = self._apps.of(who, slug, Role.USER)
        if not changes:
            raise InvalidInput("bad-input", "Nothing was said to change.", hint="`nacre app scale --help`.")
        app = self._apps.update(app, settings={**app.scale.model_dump(exclude_none=True), **changes})
        if app.release is not None:
            words = ", ".join(f"{name} {value:g}" for name, value in changes.items())
            self._publisher.renew(who, app, words)
        return self._showing.app(self._apps.by_id(app.id) or app)

    def read_log(self, who: Principal, slug: str, tail_bytes: int) -> str:
        """What the app has written, from its end."""
        return self._stage.log(self._apps.of(who, slug, Role.USER), tail_bytes)

    def follow_log(self, who: Principal, slug: str, tail_bytes: int) -> None:
        """As `read_log`, and pass on what is written from now on until nobody listens any more."""
        self._stage.follow(self._apps.of(who, slug, Role.USER), tail_bytes)

    def delete(self, who: Principal, slug: str) -> AppRemoved:
        """The app, its releases and configuration; with a production app its data and their history."""
        app = self._apps.of(who, slug, Role.ADMIN)
        branch = self._apps.branch(app) if app.kind == "production" else None
        if branch is not None:
            self._production.check_removable(branch)
        self.remove(app)
        return AppRemoved(app=slug, branch=str(branch.ref) if branch else None)

    def remove(self, app: App) -> None:
        """Begun, it is always finished: at the next start, if this one is cut off."""
        with self._changing[app.id]:
            if self._apps.by_id(app.id) is None:
                return
            app = self._apps.update(app, state="deleting")
            self._break_off(app)
            self._stage.remove(app)
            if app.kind == "production":
                self._production.remove(app)
            self._gone(app)
            self._apps.remove(app)

    def _break_off(self, app: App) -> None:
        """Whatever is being published of it comes to an end."""
        for release in self._releases.open(app):
            if release.job_id is not None:
                with suppress(Conflict):  # it is over
                    self._jobs.cancel(release.job_id, "deleting the app")
        self._driver.wait(app.id, _PATIENCE_S)

    def _serving(self, app: App) -> Release:
        if app.release is None:
            raise Conflict(
                "not-published",
                f"No release of “{app.slug}” is live.",
                hint=f"`nacre publish {app.source_ref}` makes one.",
            )
        return self._releases.find(app, app.release)

    def _data_of(self, app: App) -> Branch:
        branch = self._apps.branch(app)
        if branch is None:
            raise Conflict("no-data", f"“{app.slug}” has no data of its own: it is made of pages alone.", hint="")
        return branch

    def _data_before(self, who: Principal, app: App, target: Release) -> Travelled:
        """The data as it was when the release after `target` came: before its release command, if it had one."""
        branch = self._data_of(app)
        later = [one for one in self._releases.of(app) if one.number > target.number and one.phase == "live"]
        first = min(later, key=lambda one: one.number)
        at = f"#{first.checkpoint}" if first.checkpoint else first.entered_at.isoformat()
        return self._machine.rewind(branch.ref, self._machine.moment(at), None, who, dry_run=False)

    def _code_of(self, who: Principal, app: App, travelled: Travelled) -> ReleaseShown | None:
        target = self._releases.at(app, travelled.asked)
        if target is None or target.number == app.release:
            return None
        self._stage.require(app, target)
        return self._publisher.back_to(who, app, target).release

    @contextmanager
    def _settled(self, app: App) -> Iterator[None]:
        """While no release of the app works on its data or its processes."""
        with self._changing[app.id]:
            busy = next((one for one in self._releases.open(app) if one.phase in _ON_DATA), None)
            if busy is not None:
                raise Conflict(
                    "publish-under-way",
                    f"Release {busy.number} of “{app.slug}” is {busy.phase}.",
                    hint="Try again when it is through: `nacre app show` tells.",
                )
            yield


def _note(app: App) -> str:
    undo = f"nacre undo {app.production_ref}"
    return f"Data went back too; `{undo}` takes that back. What was sent out meanwhile stays sent."
