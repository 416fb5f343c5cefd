"""Wires the runners of a machine that has no daemon: what it builds goes to the Nacre that it joined."""

import fcntl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nacre.building.work import KIND, BuildWork, Payload
from nacre.console.build import LOCKED_NODE
from nacre.core.errors import Conflict
from nacre.core.settings import Settings
from nacre.engines.files.sourcetar import unpack
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.client import Client, Remote
from nacre.engines.oci.digests import Digest
from nacre.engines.oci.unpack import Rootfs
from nacre.engines.processes.users import service_account
from nacre.images.base.bases import Bases
from nacre.images.tidying import forget_unused, sweep
from nacre.jobs.job import Claim
from nacre.jobs.worker import Work
from nacre.nodes.messages import FENCE, JOB, Hello
from nacre.nodes.remote import RemoteQueue, trusting
from nacre.nodes.running import run_runners, slots_of
from nacre.wiring.building import make_builder


@dataclass(frozen=True)
class Joined:
    """The Nacre that a machine joins, and by what."""

    url: str
    token: str
    cacert: Path | None


@dataclass(frozen=True)
class _Images:
    """A nacre.building.store.ImageStore of this machine's own: what was built once need not be fetched again."""

    blobs: Blobs
    bases: Bases


def run_here(
    joined: Joined,
    settings: Settings,
    name: str,
    slots: int,
    stop: threading.Event,
    greeted: Callable[[Hello], None],
) -> None:
    """Do builds in the home of `settings`, `slots` side by side, until `stop` is set.

    Raises Conflict "folder-taken" and what the control plane refuses this node with.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / "run").mkdir(exist_ok=True)
    for folder in (settings.home, settings.home / "run"):
        folder.chmod(0o711)  # builds run as another user where this one is root
    with _taken(settings.home):
        queue = RemoteQueue(joined.url, joined.token, joined.cacert)
        work = _build_work(joined, settings, queue)
        work.sweep()
        works: Mapping[str, Work] = {KIND: work}
        run_runners(queue, works, slots_of(name, slots), stop, greeted)


@contextmanager
def _taken(folder: Path) -> Iterator[None]:
    """Have the folder for this process alone, or what another one builds in it would be swept away."""
    with (folder / "run" / "runner.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                "folder-taken",
                f"Another runner works in {folder}.",
                hint="Choose another folder by --folder, or give that one more --slots.",
            ) from None
        yield


def _build_work(joined: Joined, settings: Settings, queue: RemoteQueue) -> BuildWork:
    folder = settings.home / "images"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    blobs = Blobs(folder / "blobs")
    rootfs = Rootfs(blobs, folder / "unpacked")
    bases = Bases(blobs, rootfs, folder, settings.home / "engines" / "node", LOCKED_NODE)
    sweep(blobs, rootfs, bases)

    def fetch(claim: Claim, _payload: Payload, folder: Path) -> None:
        with queue.source(claim) as tar:
            unpack(tar, folder)

    def deliver(claim: Claim, payload: Payload, digest: Digest) -> None:
        with Client(_registry(joined, payload.repository, claim)) as registry:
            registry.push(blobs, digest)
        forget_unused(blobs, rootfs, bases)

    builder = make_builder(settings, service_account(settings.user))
    return BuildWork(builder, _Images(blobs, bases), settings.home / "builds" / "sources", fetch, deliver)


def _registry(joined: Joined, repository: str, claim: Claim) -> Remote:
    return Remote(
        joined.url,
        repository,
        ("node", joined.token),
        {JOB: str(claim.job_id), FENCE: str(claim.fence)},
        trusting(joined.cacert),
    )
