"""Takes releases through their phases, each on disk before it begins: a kill at any instant leaves it to be resumed.

    queued → building → database → releasing → starting → switching → live
       └─────────┴──────────┴──────────┴──────────┴──────────┴─────→ failed, or cancelled

Every phase may run again. A release that takes over the image of another one goes from queued to starting. Until the
switch, and whenever one fails, the release before serves.
"""

import threading
from collections.abc import Callable, Mapping

import structlog

from nacre.core.errors import Failed, NacreError
from nacre.core.events import EventBus
from nacre.core.procedures import Tracer, no_trace
from nacre.publishing.apps import App, Apps
from nacre.publishing.logs import Logs
from nacre.publishing.releases import Phase, Release, Releases

_log = structlog.get_logger()

Work = Callable[[App, Release], Release]
"""The work of a phase: returns the release with what was found out, still in that phase."""


class Cancelled(NacreError):
    """Somebody cancelled it."""


class Interrupted(Exception):
    """The daemon stops: what is under way goes on when it starts again."""


class Driver:
    """One thread for each app that has something under way; an app's releases go one after the other."""

    def __init__(
        self,
        apps: Apps,
        releases: Releases,
        logs: Logs,
        bus: EventBus,
        phases: Mapping[Phase, Work],
        failed: Callable[[App, Release], None],
        arrived: Callable[[], None],
        stopping: threading.Event,
        trace: Tracer = no_trace,
    ) -> None:
        """`failed` cleans up behind a release that ended otherwise than live, `arrived` is told of every one that is;
        `stopping` is set by `stop`, and looked at by what waits for long."""
        self._stopping = stopping
        self._apps = apps
        self._releases = releases
        self._logs = logs
        self._bus = bus
        self._phases = phases
        self._failed = failed
        self._arrived = arrived
        self._trace = trace
        self._threads: dict[int, threading.Thread] = {}
        self._guard = threading.Lock()
        self.started = threading.Event()
        """Set once releases are driven."""

    def start(self) -> None:
        """Take up what a daemon before left under way."""
        self.started.set()
        for app_id in {release.app_id for release in self._releases.open()}:
            self.push(app_id)

    def stop(self) -> None:
        """Returns when nothing is in the middle of a step any more."""
        self._stopping.set()
        with self._guard:
            threads = list(self._threads.values())
        for thread in threads:
            thread.join()

    def wait(self, app_id: int, timeout_s: float) -> None:
        """Until nothing of the app is under way, or the time is over."""
        with self._guard:
            thread = self._threads.get(app_id)
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)

    def push(self, app_id: int) -> None:
        """See to it that the app's open releases are driven."""
        with self._guard:
            wanted = self.started.is_set() and not self._stopping.is_set()
            if wanted and app_id not in self._threads:
                thread = threading.Thread(target=self._drive, args=(app_id,), name=f"publish {app_id}", daemon=True)
                self._threads[app_id] = thread
                thread.start()

    def _drive(self, app_id: int) -> None:
        while (found := self._next(app_id)) is not None:
            try:
                self._through(*found)
            except Interrupted:
                break
            except Exception:  # what even failing did not work for; it is taken up at the next start
                _log.exception("a release is stuck", app=found[0].slug, release=found[1].number)
                break
        with self._guard:
            self._threads.pop(app_id, None)

    def _next(self, app_id: int) -> tuple[App, Release] | None:
        """The oldest open release; under the lock that `push` takes, so that none is overlooked."""
        with self._guard:
            app = self._apps.by_id(app_id)
            opened = [] if app is None or self._stopping.is_set() else self._releases.open(app)
            if app is None or not opened:
                self._threads.pop(app_id, None)
                return None
            return app, opened[0]

    def _through(self, app: App, release: Release) -> None:
        try:
            while not release.ended:
                app = self._present(app)
                release = self._step(app, release)
        except NacreError as error:
            self._end(app, release.id, error)
            return
        except Interrupted:
            raise
        except Exception as error:
            _log.exception("a phase of publishing crashed", app=app.slug, release=release.number)
            self._end(app, release.id, _crash(error))
            return
        self._arrived()

    def _present(self, app: App) -> App:
        """The app as it is by now."""
        present = self._apps.by_id(app.id)
        if present is None or present.state == "deleting":
            raise Cancelled("publish-cancelled", f"The app “{app.slug}” is being deleted.")
        return present

    def _step(self, app: App, release: Release) -> Release:
        if self._stopping.is_set():
            raise Interrupted
        phase = release.phase
        self._trace("publish", phase, "before")
        release = self._phases[phase](app, release)
        self._trace("publish", phase, "done")
        if phase == "switching":
            release = self._releases.go_live(app, release)
        else:
            release = self._releases.enter(release, following(release))
        self._tell(app, release)
        self._trace("publish", phase, "after")
        return release

    def _end(self, app: App, release_id: int, error: NacreError) -> None:
        release = self._releases.by_id(release_id)
        try:
            self._failed(app, release)
        except Exception:  # how it ended must be said whatever is left of it
            _log.exception("not all is gone of a release that failed", app=app.slug, release=release.number)
        self._logs.say(release, error.message)
        release = self._releases.fail(release, error, "cancelled" if isinstance(error, Cancelled) else "failed")
        self._tell(app, release)

    def _tell(self, app: App, release: Release) -> None:
        self._logs.nudge()
        self._bus.emit(
            "release.phase", release.who, app.project, release.branch,
            {"app": app.slug, "number": release.number, "phase": release.phase},
        )  # fmt: skip


def following(release: Release) -> Phase:
    """The phase after the one it is in; one that takes over an image goes on where that is started."""
    if release.phase == "queued" and release.image_of is not None:
        return "starting"
    steps: dict[Phase, Phase] = {
        "queued": "building",
        "building": "database",
        "database": "releasing",
        "releasing": "starting",
        "starting": "switching",
        "switching": "live",
    }
    return steps[release.phase]


def _crash(error: Exception) -> Failed:
    return Failed(
        "internal-error",
        f"Publishing failed inside Nacre: {type(error).__name__}: {error}",
        hint="The daemon's log has the details.",
    )
