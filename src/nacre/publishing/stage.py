"""What publishing asks of whatever runs releases: beside one another, one of them before the public."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nacre.publishing.apps import App
from nacre.publishing.releases import Release
from nacre.publishing.showing import Status


@dataclass(frozen=True)
class Ran:
    """How a command that runs once ended, and all that it wrote."""

    exit_code: int
    log: bytes


class Stage(Protocol):
    """Called from worker threads. Everything may be asked again, whatever became of it before."""

    def require(self, release: Release) -> None:
        """Raises Conflict "release-gone" when its image is not kept any more."""

    def prepare(self, app: App, release: Release) -> None:
        """Start it beside the one that serves, and wait until it answers; raises why it does not."""

    def switch(self, app: App, release: Release) -> None:
        """From now on it gets all new requests: one step on disk."""

    def settle(self, app: App, release: Release) -> None:
        """It serves, so let those before it finish what they are at, and end; returns at once."""

    def discard(self, app: App, release: Release) -> None:
        """End what there is of a release that does not come to serve."""

    def run_once(self, app: App, release: Release, key: str, argv: Sequence[str], *, begun: bool) -> Ran:
        """Run a command in the release's image; one that was `begun` under this key before is found again.

        Raises Conflict "command-lost" when it was begun and nothing is known of it.
        """

    def stop(self, app: App) -> None: ...

    def start(self, app: App, release: Release) -> None: ...

    def remove(self, app: App) -> None:
        """End and forget all of the app."""

    def log(self, app: App, tail_bytes: int) -> str: ...

    def follow(self, app: App, tail_bytes: int) -> None:
        """Say what the app has written and writes, whichever release it is, until nobody listens any more."""

    def status(self, app: App) -> Status: ...
