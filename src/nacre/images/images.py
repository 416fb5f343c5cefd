"""The registry's own images: pushed by clients or written by the builder, listed by repository, unpacked to be run.

A blob is stored once for all; it can be read where it is listed. Synchronous, called from worker threads.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput, NotFound
from nacre.core.store.store import Store
from nacre.engines.oci.blobs import Blob, Blobs
from nacre.engines.oci.digests import Digest, digest_of, hex_of, parse_digest, require_digest
from nacre.engines.oci.manifest import (
    LARGEST_MANIFEST_BYTES,
    OCI_MANIFEST,
    Descriptor,
    Index,
    Manifest,
    parse_manifest,
)
from nacre.engines.oci.unpack import Rootfs
from nacre.images import book
from nacre.images.base.bases import Bases
from nacre.images.elsewhere import Elsewhere
from nacre.images.repository import Access, Fence, Repository, parse_repository, parse_tag

Keeper = Callable[[], Collection[str]]
"""Tells the digests of images that must stay, whatever the tags say."""

_ANY = "application/octet-stream"


@dataclass(frozen=True)
class Stored:
    """A manifest as it was pushed."""

    raw: bytes
    media_type: str
    digest: Digest


class Images:
    """`blobs` is where builders write; what they wrote counts once `record` has returned."""

    def __init__(
        self, store: Store, blobs: Blobs, rootfs: Rootfs, bases: Bases, access: Access, elsewhere: Elsewhere,
        clock: Clock,
    ) -> None:  # fmt: skip
        self.blobs = blobs
        self.bases = bases
        self.access = access
        self._store = store
        self._rootfs = rootfs
        self._elsewhere = elsewhere
        self._clock = clock
        self._keepers: list[Keeper] = []

    def record(self, repository: str, digest: str, fence: Fence | None = None) -> Manifest:
        """List an image, whose parts are all in `blobs`, in its repository: PROJECT/APP.

        Raises Conflict "stale-fence", NotFound "blob-not-found", InvalidInput "bad-manifest".
        """
        place = parse_repository(repository)
        if fence is not None:
            self.access.to_deliver(place, fence)
        manifest = self.manifest(digest)
        self._require_blobs(manifest)
        with self._store.write() as connection:
            now = self._clock()
            for part in manifest.blobs:
                book.link(connection, place, part, "blob", now)
            book.link(connection, place, _described(manifest), "manifest", now)
        return manifest

    def tag(self, repository: str, release: int, digest: str) -> None:
        """Name the image of a release, and bring it to the registry elsewhere when there is one.

        Raises NotFound "manifest-not-found", Unavailable "registry-unreachable".
        """
        place, known = parse_repository(repository), parse_digest(digest)
        self.stored(place, known)
        self.record(repository, known)  # anew, so that no collection that goes on takes it meanwhile
        self._elsewhere.push(self.blobs, place, known, release_tag(release))
        with self._store.write() as connection:
            book.set_tag(connection, place, release_tag(release), known, self._clock(), release)

    def manifest(self, digest: str) -> Manifest:
        """An image by its digest, in whatever repository. Raises NotFound "blob-not-found"."""
        raw = self.blobs.read(parse_digest(digest), LARGEST_MANIFEST_BYTES)
        found = parse_manifest(raw)
        if isinstance(found, Index):
            return self.manifest(found.for_this_machine().digest)
        return found

    def unpacked(self, digest: str, repository: str | None = None) -> Path:
        """The root file system of an image, to be used read-only; unpacked once, and kept while the image is needed.

        What is missing of it is pulled from the registry elsewhere, if there is one and `repository` says where.
        Raises NotFound "blob-not-found", InvalidInput "digest-mismatch", Unavailable "registry-unreachable", NoSpace.
        """
        known = parse_digest(digest)
        if self._rootfs.touch(known):
            return self._rootfs.path(known)
        if repository is not None:
            self._elsewhere.pull(self.blobs, parse_repository(repository), known)
        return self._rootfs.unpack(self.manifest(known))

    def forget(self, project: str, app: str | None = None) -> None:
        """Strike out the repository of an app that is deleted, or all of a project that is."""
        with self._store.write() as connection:
            book.forget(connection, project, app)

    def keep(self, keeper: Keeper) -> None:
        """Ask this before anything is collected: what it tells stays."""
        self._keepers.append(keeper)

    def kept(self) -> set[Digest]:
        """What the keepers tell, and the bases."""
        told = {parse_digest(digest) for keeper in self._keepers for digest in keeper()}
        return told | self.bases.digests()

    # What clients of the registry ask; the surface has asked `access` before.

    def stored(self, repository: Repository, reference: str) -> Stored:
        """A manifest by tag or digest. Raises NotFound "manifest-not-found"."""
        with self._store.read() as connection:
            if reference.startswith("sha256:"):
                digest = parse_digest(reference)
            else:
                tag = book.tag_of(connection, repository, parse_tag(reference))
                if tag is None:
                    raise _no_manifest(repository, reference)
                digest = tag.digest
            content = book.find(connection, repository, digest)
        if content is None or content.kind != "manifest":
            raise _no_manifest(repository, reference)
        return Stored(self.blobs.read(digest, LARGEST_MANIFEST_BYTES), content.media_type, digest)

    def put_manifest(
        self, repository: Repository, reference: str, raw: bytes, media_type: str
    ) -> tuple[Digest, Digest | None]:
        """Take a manifest all of whose parts are in the repository; (its digest, what it is about).

        Raises InvalidInput "bad-manifest", "digest-mismatch", NotFound "blob-not-found", NoSpace.
        """
        parsed = parse_manifest(raw, media_type)
        by_digest = reference.startswith("sha256:")
        if by_digest:
            require_digest(parse_digest(reference), parsed.digest, "The manifest")
        tag = None if by_digest else parse_tag(reference)
        parts = parsed.blobs if isinstance(parsed, Manifest) else parsed.manifests
        self._require_blobs(parsed)
        self.blobs.add(raw)
        with self._store.write() as connection:
            listed = book.listed(connection, repository, [part.digest for part in parts])
            missing = {part.digest for part in parts} - listed
            if missing and (missing := missing - self.bases.layers()):
                raise _not_here(repository, min(missing))
            now = self._clock()
            for part in parts if isinstance(parsed, Manifest) else ():
                book.link(connection, repository, part, "blob", now)
            book.link(connection, repository, _described(parsed), "manifest", now, parsed.subject)
            if tag is not None:
                book.set_tag(connection, repository, tag, parsed.digest, now)
        return parsed.digest, parsed.subject

    def remove_manifest(self, repository: Repository, reference: str) -> None:
        """By digest with all its tags, or the tag alone. Raises NotFound "manifest-not-found"."""
        with self._store.write() as connection:
            if reference.startswith("sha256:"):
                found = book.find(connection, repository, parse_digest(reference))
                gone = found is not None and found.kind == "manifest"
                gone = gone and book.unlink(connection, repository, parse_digest(reference))
            else:
                gone = book.remove_tag(connection, repository, parse_tag(reference))
        if not gone:
            raise _no_manifest(repository, reference)

    def tags(self, repository: Repository) -> list[str]:
        """In order. Raises NotFound "repository-not-found" when nothing was ever pushed to it."""
        with self._store.read() as connection:
            if not book.knows(connection, repository):
                raise NotFound("repository-not-found", f"Nothing was pushed to {repository} yet.", hint="Push first.")
            return [tag.tag for tag in book.all_tags(connection, repository)]

    def referrers(self, repository: Repository, subject: Digest, artifact_type: str = "") -> list[dict[str, object]]:
        """Descriptors of the manifests that are about `subject`, those of one type if that is asked."""
        with self._store.read() as connection:
            found = book.about(connection, repository, subject)
        told: list[dict[str, object]] = []
        for content in found:
            parsed = parse_manifest(self.blobs.read(content.digest, LARGEST_MANIFEST_BYTES), content.media_type)
            kind = parsed.artifact_type or (parsed.config.media_type if isinstance(parsed, Manifest) else "")
            if artifact_type in ("", kind):
                descriptor: dict[str, object] = dict(_described(parsed).document())
                told.append(descriptor | {"artifactType": kind, "annotations": dict(parsed.annotations)})
        return told

    def blob(self, repository: Repository, digest: Digest) -> int:
        """Its size in bytes. Raises NotFound "blob-not-found" also when only another repository has it.

        The layers of bases are everywhere: no runner needs to push them.
        """
        with self._store.read() as connection:
            content = book.find(connection, repository, digest)
        is_listed = content is not None or digest in self.bases.layers()
        if not is_listed or not self.blobs.has(digest):
            raise _not_here(repository, digest)
        return self.blobs.size_bytes(digest)

    def list_blob(self, repository: Repository, blob: Blob) -> None:
        """A blob that was uploaded to the repository can be read in it."""
        with self._store.write() as connection:
            part = Descriptor(_ANY, blob.digest, blob.size_bytes)
            book.link(connection, repository, part, "blob", self._clock())

    def mount(self, repository: Repository, source: Repository, digest: Digest) -> bool:
        """List a blob of one repository in another too; False where the other has none such."""
        try:
            size_bytes = self.blob(source, digest)
        except NotFound:
            return False
        self.list_blob(repository, Blob(digest, size_bytes))
        return True

    def remove_blob(self, repository: Repository, digest: Digest) -> None:
        """Strike it out of the repository; its bytes go when they are collected. Raises NotFound "blob-not-found"."""
        with self._store.write() as connection:
            if not book.unlink(connection, repository, digest):
                raise _not_here(repository, digest)

    def _require_blobs(self, parsed: Manifest | Index) -> None:
        for part in parsed.blobs if isinstance(parsed, Manifest) else parsed.manifests:
            if not self.blobs.has(part.digest):
                raise NotFound("blob-not-found", f"A part of the image is missing: {part.digest}.", hint="Push it.")
            if self.blobs.size_bytes(part.digest) != part.size_bytes:
                raise InvalidInput("bad-manifest", f"The part {part.digest} has another size than the manifest says.")


def release_tag(release: int) -> str:
    return f"release-{release}"


def _described(parsed: Manifest | Index) -> Descriptor:
    return Descriptor(parsed.media_type or OCI_MANIFEST, digest_of(parsed.raw), len(parsed.raw))


def _no_manifest(repository: Repository, reference: str) -> NotFound:
    return NotFound("manifest-not-found", f"{repository} has no image {reference[:200]}.", hint="Push it first.")


def _not_here(repository: Repository, digest: Digest) -> NotFound:
    return NotFound("blob-not-found", f"{repository} has no blob {hex_of(digest)[:16]}….", hint="Push it first.")
