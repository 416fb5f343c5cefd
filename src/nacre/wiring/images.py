"""Wires the registry and what images are made of."""

from dataclasses import dataclass
from functools import partial

from nacre.branches.catalog import Branch
from nacre.console.build import LOCKED_NODE
from nacre.core.names import MAIN
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.unpack import Rootfs
from nacre.images.base.bases import Bases
from nacre.images.collecting import Collecting
from nacre.images.collector import Collector
from nacre.images.elsewhere import Elsewhere
from nacre.images.images import Images
from nacre.images.registry import Registry
from nacre.images.repository import Access, Repository
from nacre.images.showing import Showing
from nacre.images.tidying import sweep
from nacre.images.uploads import Uploads
from nacre.runtime.book import Book
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.jobs import Worked
from nacre.wiring.part import Part

_SPARE_BYTES = 256 << 20
"""What images leave free on the disk: a Postgres that finds none ends."""


@dataclass(frozen=True)
class Pictured:
    """`images` is what builds and the runtime ask; `collector` is told when a release may have gone."""

    part: Part
    images: Images
    collector: Collector


def wire_images(ground: Ground, branches: Branches, worked: Worked) -> Pictured:
    home, store, clock = ground.settings.home, ground.store, ground.clock
    folder = home / "images"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)  # whoever runs an image passes through, and finds only what it knows the name of
    blobs = Blobs(folder / "blobs", _SPARE_BYTES)
    rootfs = Rootfs(blobs, folder / "unpacked")
    bases = Bases(blobs, rootfs, folder, home / "engines" / "node", LOCKED_NODE)
    access = Access(
        worked.jobs,
        lambda name: any(project.name == name for project in branches.catalog.all_projects()),
        partial(_runs, Book(store, ground.box, clock)),
    )
    images = Images(store, blobs, rootfs, bases, access, Elsewhere.of(ground.settings), clock)
    uploads = Uploads(folder / "uploads", blobs, clock)
    collecting = Collecting(store, images, blobs, rootfs, uploads, clock)
    collector = Collector(collecting)

    def leave(branch: Branch) -> None:
        """The next project of that name must not find this one's images."""
        if branch.ref.branch == MAIN:
            images.forget(branch.ref.project)

    branches.guests.add(leave)

    part = Part(
        {
            Collecting: collecting,
            Images: images,
            Registry: Registry(images, uploads, access, ground.audit, ground.bus),
            Showing: Showing(store, blobs),
        },
        start={"sweep images": partial(sweep, blobs, rootfs, bases), "collect images": collector.start},
        stop=(collector.stop,),
    )
    return Pictured(part, images, collector)


def _runs(book: Book, node: str, repository: Repository) -> bool:
    """Whether this node has the app of a repository, or is getting it."""
    placement = book.placement(repository.app)
    deployed = [one for _, one in book.instances(repository.app)]
    if deployed and all(one.repository != str(repository) for one in deployed):
        return False
    return any(one.node == node for one in deployed) or (placement is not None and placement.node == node)
