"""The phases after the image is there: its database, its release command, its start, the switch."""

from nacre.branches.catalog import Branch
from nacre.core.errors import Conflict, NacreError
from nacre.core.names import Ref
from nacre.core.principals import Kind, Principal, Role
from nacre.history.machine import TimeMachine
from nacre.images.runspec import RunSpec
from nacre.publishing.apps import App, Apps
from nacre.publishing.logs import Logs
from nacre.publishing.production import Production
from nacre.publishing.releases import Release, Releases
from nacre.publishing.stage import Stage


class Phases:
    def __init__(
        self,
        apps: Apps,
        releases: Releases,
        production: Production,
        machine: TimeMachine,
        stage: Stage,
        logs: Logs,
    ) -> None:
        self._apps = apps
        self._releases = releases
        self._production = production
        self._machine = machine
        self._stage = stage
        self._logs = logs

    def queued(self, app: App, release: Release) -> Release:
        """Its turn has come: whatever was published before it is through."""
        return release

    def database(self, app: App, release: Release) -> Release:
        """A production app gets a branch of its own before its first release; a preview has the one it is made of."""
        run = run_of(release)
        if run.kind != "static" and app.kind == "production":
            source = Ref(app.project, release.branch)
            self._production.ensure(app, source, run.seed, caller(release), lambda line: self._logs.say(release, line))
        return release

    def releasing(self, app: App, release: Release) -> Release:
        """The release command, once for each release: it is noted as begun before it begins, and found again after a
        kill. Raises Conflict "release-command-failed" with the way back."""
        run = run_of(release)
        if run.release is None:
            return release
        if not release.claimed:
            checkpoint = self._checkpoint(release, self._apps.branch(app))
            release = self._releases.note(release, claimed=True, checkpoint=checkpoint)
            self._logs.say(release, f"$ {' '.join(run.release)}")
        try:
            done = self._stage.run_once(app, release, _key(release), run.release)
        except NacreError as error:
            raise Conflict(error.code, error.message, hint=_way_back(app, release)) from error
        self._logs.write(release, done.log.encode())
        if done.exit_code != 0:
            raise Conflict(
                "release-command-failed",
                f"The release command `{' '.join(run.release)}` ended with exit code {done.exit_code}.",
                hint=_way_back(app, release),
            )
        return release

    def starting(self, app: App, release: Release) -> Release:
        """Beside the one that serves, until it answers. Raises why it does not, with its last lines.

        What its release command ran in goes now: that it is through is on disk, so nobody asks for that run again.
        """
        if release.claimed:
            self._stage.forget_run(app, release, _key(release))
        self._logs.say(release, f"Starting release {release.number}.")
        self._stage.prepare(app, release)
        return release

    def switching(self, app: App, release: Release) -> Release:
        branch = self._apps.branch(app)
        if branch is not None:
            release = self._releases.note(release, tables=self._production.definitions(branch))
        self._stage.switch(app, release)
        self._logs.say(release, f"Release {release.number} serves.")
        return release

    def failed(self, app: App, release: Release) -> None:
        """Behind one that does not come to serve."""
        self._stage.discard(app, release)

    def _checkpoint(self, release: Release, branch: Branch | None) -> int | None:
        return None if branch is None else self._machine.checkpoint(branch.ref, None, caller(release)).number


def run_of(release: Release) -> RunSpec:
    assert release.run is not None
    return RunSpec.model_validate(release.run)


def _key(release: Release) -> str:
    """What its release command is found by."""
    return f"release-{release.number}"


def caller(release: Release) -> Principal:
    """Whoever asked for the release, as its history names them; it has no rights of its own."""
    kind, _, name = release.who.partition(":")
    return Principal(Kind(kind), name, Role.VIEWER)


def _way_back(app: App, release: Release) -> str:
    if release.checkpoint is None:
        return "Mend it, and publish again."
    way = f"nacre app rewind {app.slug} '#{release.checkpoint}'"
    return f"What it did to the data by then is undone by `{way}`. Mend it, and publish again."
