"""What the protocol of registries is served from: each act asks first who may, and what changes images is audited."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nacre.core.audit import Audit
from nacre.core.errors import NacreError, NotAllowed, NotFound
from nacre.core.events import EventBus
from nacre.core.principals import Principal
from nacre.engines.oci.blobs import Blob
from nacre.engines.oci.digests import Digest
from nacre.images.images import Images, Stored
from nacre.images.repository import Access, Fence, Repository
from nacre.images.uploads import Upload, Uploads


@dataclass(frozen=True)
class Caller:
    """Who asks, in whose job's name if in any, and under which request."""

    who: Principal
    fence: Fence | None
    request_id: str


@dataclass(frozen=True)
class Registry:
    images: Images
    uploads: Uploads
    access: Access
    audit: Audit
    bus: EventBus

    def blob_size(self, caller: Caller, repository: Repository, digest: Digest) -> int:
        self.access.to_pull(caller.who, repository, caller.fence)
        return self.images.blob(repository, digest)

    def manifest(self, caller: Caller, repository: Repository, reference: str) -> Stored:
        self.access.to_pull(caller.who, repository, caller.fence)
        return self.images.stored(repository, reference)

    def tags(self, caller: Caller, repository: Repository) -> list[str]:
        self.access.to_pull(caller.who, repository, caller.fence)
        return self.images.tags(repository)

    def referrers(
        self, caller: Caller, repository: Repository, subject: Digest, artifact_type: str
    ) -> list[dict[str, object]]:
        self.access.to_pull(caller.who, repository, caller.fence)
        return self.images.referrers(repository, subject, artifact_type)

    def begin_upload(self, caller: Caller, repository: Repository) -> Upload:
        self.access.to_push(caller.who, repository, caller.fence)
        return self.uploads.begin(repository, str(caller.who))

    def mount(self, caller: Caller, repository: Repository, source: Repository, digest: Digest) -> bool:
        """List a blob of `source` in the repository; False where the caller may not read it there, or it is not."""
        self.access.to_push(caller.who, repository, caller.fence)
        try:
            self.access.to_pull(caller.who, source, caller.fence)
        except (NotAllowed, NotFound):
            return False
        return self.images.mount(repository, source, digest)

    def upload(self, caller: Caller, repository: Repository, upload_id: str) -> Upload:
        self.access.to_push(caller.who, repository, caller.fence)
        return self.uploads.status(repository, upload_id, str(caller.who))

    def append(self, caller: Caller, repository: Repository, upload_id: str, offset: int, data: bytes) -> Upload:
        """A piece of an upload that `upload` has answered for."""
        return self.uploads.append(repository, upload_id, str(caller.who), offset, data)

    def finish_upload(self, caller: Caller, repository: Repository, upload_id: str, digest: Digest) -> Blob:
        """Whoever lost the job while the bytes were on their way is refused here."""
        self.access.to_push(caller.who, repository, caller.fence)
        blob = self.uploads.finish(repository, upload_id, str(caller.who), digest)
        self.images.list_blob(repository, blob)
        return blob

    def cancel_upload(self, caller: Caller, repository: Repository, upload_id: str) -> None:
        self.access.to_push(caller.who, repository, caller.fence)
        self.uploads.cancel(repository, upload_id, str(caller.who))

    def put_manifest(
        self, caller: Caller, repository: Repository, reference: str, raw: bytes, media_type: str
    ) -> tuple[Digest, Digest | None]:
        with self._audited(caller, "image.push", repository, reference):
            self.access.to_push(caller.who, repository, caller.fence)
            return self.images.put_manifest(repository, reference, raw, media_type)

    def remove_manifest(self, caller: Caller, repository: Repository, reference: str) -> None:
        self._remove(caller, repository, reference, lambda: self.images.remove_manifest(repository, reference))

    def remove_blob(self, caller: Caller, repository: Repository, digest: Digest) -> None:
        self._remove(caller, repository, digest, lambda: self.images.remove_blob(repository, digest))

    def _remove(self, caller: Caller, repository: Repository, reference: str, remove: Callable[[], None]) -> None:
        with self._audited(caller, "image.delete", repository, reference):
            self.access.to_push(caller.who, repository, caller.fence)
            remove()

    @contextmanager
    def _audited(self, caller: Caller, verb: str, repository: Repository, reference: str) -> Iterator[None]:
        facts = {"repository": str(repository), "reference": reference}
        try:
            yield
        except NacreError as error:
            self.audit.note(str(caller.who), "registry", verb, facts, caller.request_id, "refused", error.code)
            raise
        self.audit.note(str(caller.who), "registry", verb, facts, caller.request_id, "done")
        self.bus.emit(verb, str(caller.who), repository.project, None, facts)
