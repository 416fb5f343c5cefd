"""Where releases run beside one another, one of them before the public: the runtime, asked from worker threads."""

from collections.abc import Sequence

from nacre.core.errors import Conflict, NotFound
from nacre.images.images import Images
from nacre.publishing.apps import App, Apps
from nacre.publishing.building import repository
from nacre.publishing.deploying import Deploying
from nacre.publishing.releases import Release
from nacre.publishing.showing import Status
from nacre.runtime.afar.fleet import Fleet
from nacre.runtime.afar.ledger import FarInstance
from nacre.runtime.instance import Instance
from nacre.runtime.once import Ran

_RELEASE_COMMAND_S = 3600.0


class Stage:
    """Everything may be asked again, whatever became of it before."""

    def __init__(self, runtime: Fleet, apps: Apps, deploying: Deploying, images: Images) -> None:
        self._runtime = runtime
        self._apps = apps
        self._deploying = deploying
        self._images = images
        self._prepared: dict[int, Instance | FarInstance] = {}

    def require(self, app: App, release: Release) -> None:
        """Raises Conflict "release-gone" when its image is not kept any more."""
        try:
            self._images.unpacked(str(release.digest), repository(app))
        except NotFound as error:
            raise Conflict(
                "release-gone",
                f"The image of release {release.number} of “{app.slug}” is not kept any more.",
                hint="Publish what it was made of again; `nacre release list` shows from what.",
            ) from error

    def prepare(self, app: App, release: Release) -> None:
        """Start it beside the one that serves, and wait until it answers; raises why it does not."""
        self._prepared[release.id] = self._prepare(app, release)

    def switch(self, app: App, release: Release) -> None:
        """From now on it gets all new requests: one step on disk. Those before it finish what they are at, and end."""
        instance = self._prepared.pop(release.id, None) or self._prepare(app, release)
        self._runtime.on_loop(self._runtime.switch(instance))

    def discard(self, app: App, release: Release) -> None:
        """End what there is of a release that does not come to serve."""
        self._prepared.pop(release.id, None)
        self._runtime.on_loop(self._runtime.drop(app.slug, release.number))

    def run_once(self, app: App, release: Release, key: str, argv: Sequence[str]) -> Ran:
        """Run a command in the release's image to its end; asked again under this key, also by a later daemon, it is
        the same run. Raises Failed "run-lost" when nobody knows how far it came."""
        deployed = self._deploying.deployed(app, release)
        return self._runtime.on_loop(self._runtime.run_once(deployed, key, list(argv), _RELEASE_COMMAND_S))

    def forget_run(self, app: App, release: Release, key: str) -> None:
        """Remove what a run left on disk; asked for again it would be another."""
        self._runtime.on_loop(self._runtime.forget_run(self._deploying.deployed(app, release), key))

    def stop(self, app: App) -> None:
        self._runtime.on_loop(self._runtime.stop(app.slug))

    def start(self, app: App) -> None:
        self._runtime.on_loop(self._runtime.start(app.slug))

    def remove(self, app: App) -> None:
        """End and forget all of the app, and what a preview kept beside its branch."""
        self._runtime.on_loop(self._runtime.remove(app.slug))
        self._deploying.remove(app)
        self._images.forget(app.project, app.slug)

    def log(self, app: App, tail_bytes: int) -> str:
        return self._runtime.log(app.slug, tail_bytes=tail_bytes).decode(errors="replace")

    def follow(self, app: App, tail_bytes: int) -> None:
        """Say what the app has written and writes, until nobody listens any more."""
        self._runtime.follow(app.slug, tail_bytes=tail_bytes)

    def status(self, app: App) -> Status:
        try:
            state = self._runtime.status(app.slug).state
        except NotFound:
            return "stopped" if app.state == "stopped" else "unpublished"
        if app.release is None and state == "failed":
            return "unpublished"  # what failed was to be the first
        return "failing" if state == "failed" else state

    def node(self, app: App) -> str | None:
        """The machine that it is on."""
        try:
            return self._runtime.status(app.slug).node
        except NotFound:
            return None

    def move(self, app: App, node: str) -> None:
        """Have it run on that machine: healthy there before it ends where it is."""
        self._runtime.on_loop(self._runtime.move(app.slug, node))

    def _prepare(self, app: App, release: Release) -> Instance | FarInstance:
        return self._runtime.on_loop(self._runtime.prepare(self._deploying.deployed(app, release)))
