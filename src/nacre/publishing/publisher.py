"""What people ask of publishing: a new release, another one's image again, and to see it through."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.trees import Trees
from nacre.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from nacre.core.names import MAIN, Ref, check_slug
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.progress import ending, report, say
from nacre.gateway.site import CONTENT_LABEL
from nacre.history.machine import TimeMachine
from nacre.publishing.addresses import Addresses
from nacre.publishing.apps import App, Apps, Kind, default_slug
from nacre.publishing.changes import tells
from nacre.publishing.configuration import Configuration
from nacre.publishing.driver import Driver
from nacre.publishing.logs import Logs
from nacre.publishing.releases import Kind as ReleaseKind
from nacre.publishing.releases import Release, Releases
from nacre.publishing.showing import ReleaseShown, release_shown, source_in_words
from nacre.repositories.looking import commit_for
from nacre.repositories.shelf import Shelf

_LOOK_EVERY_S = 1.0
PREVIEW_LASTS = timedelta(days=7)


class Published(Answer):
    """`unchanged`: the branch is as it was published, so nothing was done. `undo` takes it back; `note` what that, or
    this, leaves as it is."""

    app: str
    url: str | None
    release: ReleaseShown
    unchanged: bool
    undo: str | None
    note: str


@dataclass(frozen=True)
class Order:
    """What is to be published: the branch as it is, or a commit; as which app, and how long a preview lasts.

    `again`: also where nothing changed.
    """

    ref: Ref
    slug: str | None = None
    commit: str | None = None
    message: str | None = None
    preview: bool = False
    lifetime: timedelta = PREVIEW_LASTS
    again: bool = False


class Publisher:
    def __init__(
        self,
        apps: Apps,
        releases: Releases,
        configuration: Configuration,
        catalog: Catalog,
        trees: Trees,
        machine: TimeMachine,
        shelf: Shelf,
        driver: Driver,
        logs: Logs,
        addresses: Addresses,
    ) -> None:
        self._apps = apps
        self._releases = releases
        self._configuration = configuration
        self._catalog = catalog
        self._trees = trees
        self._machine = machine
        self._shelf = shelf
        self._driver = driver
        self._logs = logs
        self._addresses = addresses

    def publish(self, who: Principal, order: Order) -> Published:
        """Exactly what the branch is now, or a commit, becomes the app's next release; returns when it is live.

        Raises what it failed with, after which the release before serves on.
        """
        app, release, unchanged = self.begin(who, order)
        return self._unchanged(app, release) if unchanged else self.see_through(app, release)

    def begin(self, who: Principal, order: Order) -> tuple[App, Release, bool]:
        """The release that is under way now; or the one that serves, and True, where nothing changed since."""
        ref = order.ref
        branch = self._catalog.running(ref)
        if branch.production:
            raise Conflict(
                "production-branch",
                f"{ref} holds the data of a published app; there is nothing to publish in it.",
                hint=f"`nacre publish {ref.project}` publishes its main branch.",
            )
        kind: Kind = "preview" if order.preview or (order.slug is None and ref.branch != MAIN) else "production"
        name = self._name(ref, order.slug, kind)
        source = self._source(who, branch, order.commit, self._apps.find(name))
        app = self._apps.claim(name, kind, branch, who, order.lifetime if kind == "preview" else None)
        serving = self._serving(app)
        values: dict[str, Any] = {"source": source, "branch": ref.branch, "message": order.message}
        if serving is None or source != serving.source or serving.branch != ref.branch:
            return app, self._begin(who, app, "publish", values), False
        if order.again:
            return app, self._begin(who, app, "redeploy", values | _image_of(serving)), False
        return app, serving, True

    def renew(self, who: Principal, app: App, why: str) -> ReleaseShown:
        """The image that serves, with what is configured now."""
        serving = self._serving(app)
        assert serving is not None
        values = {"source": dict(serving.source), "branch": serving.branch, "message": why, **_image_of(serving)}
        return self.see_through(app, self._begin(who, app, "configuration", values)).release

    def back_to(self, who: Principal, app: App, target: Release) -> Published:
        """The image and the configuration of an earlier release, again."""
        values = {
            "source": dict(target.source), "branch": target.branch, "message": f"back to release {target.number}",
            "environment": target.environment, **_image_of(target), "image_of": target.number,
        }  # fmt: skip
        return self.see_through(app, self._begin(who, app, "rollback", values))

    def see_through(self, app: App, release: Release) -> Published:
        """Pass on what the release says and which phase it is in, until it is live. Raises what it failed with."""
        release = self.follow(release)
        if release.phase != "live":
            serving = self._serving(app)
            stands = f" Release {serving.number} serves on." if serving else ""
            log = f" Its log: `nacre release show {app.slug} {release.number}`."
            raise Conflict(
                release.error_code or "publish-failed",
                release.error_message or "It did not become live.",
                hint=f"{release.error_hint or ''}{stands}{log}".strip(),
            )
        app = self._apps.by_id(app.id) or app
        return Published(
            app=app.slug,
            url=self._addresses.url(app.slug),
            release=release_shown(app, release),
            unchanged=False,
            undo=None if release.replaces is None else f"nacre app rollback {app.slug}",
            note="A rollback takes back code and configuration; data stays as it is.",
        )

    def follow(self, release: Release) -> Release:
        offset, phase = 0, ""
        while True:
            seen = self._logs.version
            release = self._releases.by_id(release.id)
            if release.phase != phase:
                phase = release.phase
                report(phase)
            while data := self._logs.since(release, offset):
                offset += len(data)
                say(data)
            if release.ended:
                return release
            if ending():
                raise Unavailable(
                    "daemon-stopping",
                    "This Nacre stops; what is being published goes on when it starts again.",
                    hint="`nacre app list` shows how it ended.",
                )
            self._logs.wait(seen, _LOOK_EVERY_S)

    def _name(self, ref: Ref, slug: str | None, kind: Kind) -> str:
        name = slug or default_slug(ref)
        if kind == "preview" and slug is None and ref.branch == MAIN:
            name = f"{ref.project}-preview"[:39]
        check_slug(name, "app")
        if name == CONTENT_LABEL:
            raise InvalidInput(
                "bad-name",
                f"“{name}” cannot name an app: Nacre itself shows people's pages at that name.",
                hint="Give it another one: `nacre publish REF --app NAME`.",
            )
        if "--" in name or name.endswith("-"):
            raise InvalidInput(
                "bad-name",
                f"“{name}” cannot name an app: its address would be that of a branch.",
                hint="Give it a name without a double hyphen: `nacre publish REF --app NAME`.",
            )
        return name

    def _source(self, who: Principal, branch: Branch, commit: str | None, app: App | None) -> dict[str, Any]:
        """A commit, or a checkpoint taken now; the last one again where nothing changed since."""
        if commit is not None:
            repository = self._shelf.open(branch.ref.project)
            return {"kind": "commit", "sha": commit_for(who, repository, branch.ref, commit)}
        serving = self._serving(app) if app else None
        if serving is not None and self._is_as_in(branch, serving):
            return dict(serving.source)
        entry = self._machine.checkpoint(branch.ref, None, who)
        return {
            "kind": "checkpoint", "branch": branch.ref.branch, "number": entry.number, "files_seq": entry.files_seq
        }  # fmt: skip

    def _is_as_in(self, branch: Branch, release: Release) -> bool:
        if release.source["kind"] != "checkpoint" or release.branch != branch.ref.branch:
            return False
        tree = self._trees.tree(branch)
        try:
            return not any(map(tells, tree.changes(release.source["files_seq"], tree.barrier().seq)))
        except NotFound:  # retention let go of that moment
            return False

    def _serving(self, app: App) -> Release | None:
        return None if app.release is None else self._releases.find(app, app.release)

    def _begin(self, who: Principal, app: App, kind: ReleaseKind, values: dict[str, Any]) -> Release:
        environment = values.pop("environment", None) or self._configuration.snapshot(app)
        release = self._releases.begin(app, kind, who, environment, **values)
        self._driver.push(app.id)
        return release

    def _unchanged(self, app: App, serving: Release) -> Published:
        return Published(
            app=app.slug,
            url=self._addresses.url(app.slug),
            release=release_shown(app, serving),
            unchanged=True,
            undo=None,
            note=f"Nothing changed since release {serving.number} ({source_in_words(serving)}), which serves. "
            f"`--again` makes a new release of the same image.",
        )


def _image_of(release: Release) -> dict[str, Any]:
    return {"digest": release.digest, "run": release.run, "image_of": release.image_of or release.number}
