"""The work of a build job: its source is fetched, built, and delivered under the job's fence."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from nacre.building.build import Builder
from nacre.building.confined import Cancelled, Say
from nacre.building.store import ImageStore
from nacre.core.errors import InvalidInput
from nacre.core.validation import first_fault
from nacre.engines.oci.digests import Digest
from nacre.jobs.job import Claim
from nacre.repositories.sources import Source

KIND = "build"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Fetch = Callable[[Claim, "Payload", Path], None]
"""Lays the source of a job out in a folder, empty so far."""

Deliver = Callable[[Claim, "Payload", Digest], None]
"""Hands an image, whose parts are in the store, to the registry of the control plane, under the claim's fence.

Raises Conflict "stale-fence" when the job is somebody else's by now."""


class Payload(BaseModel):
    """What a job of this kind is told."""

    model_config = ConfigDict(frozen=True)

    project: Name
    app: Name
    release: int
    source: Source
    labels: dict[str, str] = {}

    @property
    def repository(self) -> str:
        """Where the app's images are in the registry."""
        return f"{self.project}/{self.app}"


class BuildWork:
    """A nacre.jobs.worker.Work. `scratch` is where sources are laid out meanwhile."""

    def __init__(self, builder: Builder, images: ImageStore, scratch: Path, fetch: Fetch, deliver: Deliver) -> None:
        self._builder = builder
        self._images = images
        self._scratch = scratch
        self._fetch = fetch
        self._deliver = deliver

    def __call__(self, claim: Claim, say: Say, cancelled: Cancelled) -> dict[str, Any]:
        """Answer the digest, how it is run, and what took how long. Raises what Builder.build does, and "bad-job"."""
        payload = read_payload(claim.payload)
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        try:
            self._fetch(claim, payload, folder)
            labels = {**payload.labels, "dev.nacre.project": payload.project, "dev.nacre.app": payload.app}
            built = self._builder.build(folder, labels, say, cancelled, self._images)
            self._deliver(claim, payload, built.digest)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return {
            "digest": built.digest,
            "run": built.run.model_dump(mode="json"),
            "seconds": dict(built.seconds),
            "size_bytes": built.size_bytes,
            "cached": built.cached,
        }

    def sweep(self) -> None:
        """Remove what builds that were cut off left behind. Only while none runs."""
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._builder.sweep()


def read_payload(document: Mapping[str, Any]) -> Payload:
    """Raises InvalidInput "bad-job"."""
    try:
        return Payload.model_validate(document)
    except ValidationError as error:
        where, fault = first_fault(error)
        raise InvalidInput(
            "bad-job",
            f"The job does not tell what is to be built: {where}: {fault}.",
            hint="Bring runner and control plane to the same version of Nacre.",
        ) from error
