"""A registry of the test's own, without a daemon: real blobs, a real store, and a clock that is moved by hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nacre.core.audit import Audit
from nacre.core.events import EventBus
from nacre.core.store.store import Store
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.entries import File
from nacre.engines.oci.image import Config, write_image
from nacre.engines.oci.layers import write_layer
from nacre.engines.oci.manifest import Manifest
from nacre.engines.oci.unpack import Rootfs
from nacre.images.base.bases import Bases
from nacre.images.collecting import Collecting
from nacre.images.elsewhere import Elsewhere
from nacre.images.images import Images
from nacre.images.registry import Registry
from nacre.images.repository import Access
from nacre.images.showing import Showing
from nacre.images.uploads import Uploads
from nacre.jobs.jobs import Jobs

PROJECTS = ("shop", "other")


class MovedClock:
    """Shows the machine's own time, since files have theirs from it, moved by what `move` was told."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@dataclass
class Made:
    folder: Path
    store: Store
    clock: MovedClock = field(default_factory=MovedClock)

    def __post_init__(self) -> None:
        self.blobs = Blobs(self.folder / "blobs")
        self.rootfs = Rootfs(self.blobs, self.folder / "unpacked")
        bases = Bases(self.blobs, self.rootfs, self.folder, self.folder / "node", self.folder / "node.txt")
        self.jobs = Jobs(self.store, self.clock)
        self.access = Access(self.jobs, PROJECTS.__contains__, lambda node, repository: node == "runs-apps")
        self.images = self.images_with(Elsewhere(""), bases)
        self.uploads = Uploads(self.folder / "uploads", self.blobs, self.clock)
        self.collecting = Collecting(self.store, self.images, self.blobs, self.rootfs, self.uploads, self.clock)
        self.registry = Registry(
            self.images, self.uploads, self.access, Audit(self.store, self.clock), EventBus(self.clock)
        )
        self.showing = Showing(self.store, self.blobs)

    def images_with(self, elsewhere: Elsewhere, bases: Bases | None = None) -> Images:
        return Images(
            self.store, self.blobs, self.rootfs, bases or self.images.bases, self.access, elsewhere, self.clock
        )

    def release(self, app: str, number: int, shared: bytes = b"base") -> Manifest:
        """A release's image, recorded and tagged, on a layer that all releases of the same `shared` have."""
        layers = [
            write_layer(self.blobs, [File("base", shared)]),
            write_layer(self.blobs, [File("app", f"{app} {number}".encode())]),
        ]
        manifest = write_image(self.blobs, layers, Config())
        self.images.record(app, manifest.digest)
        self.images.tag(app, number, manifest.digest)
        return manifest


@pytest.fixture
def made(tmp_path: Path, store: Store) -> Made:
    return Made(tmp_path / "images", store)
