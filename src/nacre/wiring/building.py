"""Wires builds: what turns a job's source into an image, on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nacre.branches.catalog import Branch
from nacre.building.build import Builder
from nacre.building.confined import Bounds, Confined
from nacre.building.work import KIND, BuildWork, Payload
from nacre.core.names import MAIN
from nacre.core.settings import Settings
from nacre.engines.oci.digests import Digest
from nacre.engines.processes.users import Account
from nacre.engines.sandbox.drivers import named
from nacre.images.images import Images
from nacre.images.repository import Fence
from nacre.jobs.job import Claim
from nacre.jobs.worker import Work
from nacre.repositories.sources import Sources
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


@dataclass(frozen=True)
class Builds:
    """`works` is what this machine's runners do; `builder` is told when an app is gone."""

    part: Part
    works: Mapping[str, Work]
    builder: Builder


def wire_building(ground: Ground, branches: Branches, sources: Sources, images: Images) -> Builds:
    """To be started before the runners: what builds that were cut off left behind is removed first."""
    builder = make_builder(ground.settings, ground.account)

    def fetch(_claim: Claim, payload: Payload, folder: Path) -> None:
        sources.unpack(payload.project, payload.source, folder)

    def deliver(claim: Claim, payload: Payload, digest: Digest) -> None:
        images.record(payload.repository, digest, Fence(claim.job_id, claim.fence))

    def leave(branch: Branch) -> None:
        """The next project of that name must not build with what this one fetched."""
        if branch.ref.branch == MAIN:
            builder.forget(branch.ref.project)

    branches.guests.add(leave)
    work = BuildWork(builder, images, ground.settings.home / "builds" / "sources", fetch, deliver)
    return Builds(Part({}, start={"sweep builds": work.sweep}), {KIND: work}, builder)


def make_builder(settings: Settings, account: Account | None) -> Builder:
    """The builder of a machine, be it this daemon's or a runner's that joined."""
    folder = settings.home / "builds"
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder.chmod(0o711)
    bounds = Bounds(settings.build_memory_mb, settings.build_cpus, settings.build_disk_gb, settings.build_minutes)
    confined = Confined(named(settings.isolation), settings.home / "run" / "build", account, bounds)
    return Builder(confined, folder / "cache", folder / "scratch", settings.image_limit_mb)
