"""Collection: what no tag, no release and no upload needs goes, a day after it was last used.

First the lists, then the bytes: a kill in between leaves bytes that the next collection finds, and never a list of
what is gone.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from nacre.core.clock import Clock
from nacre.core.errors import NacreError
from nacre.core.operations import Answer
from nacre.core.progress import report
from nacre.core.store.store import Store
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.digests import Digest
from nacre.engines.oci.manifest import LARGEST_MANIFEST_BYTES, Index, Manifest, parse_manifest
from nacre.engines.oci.unpack import Rootfs
from nacre.images import book
from nacre.images.images import Images
from nacre.images.uploads import Uploads

KEPT_UNUSED_FOR = timedelta(days=1)
KEPT_RELEASES = 5


class Collected(Answer):
    """How many blobs and tags of old releases went, and how many bytes of disk that freed."""

    blobs_removed: int
    tags_removed: int
    freed_bytes: int
    seconds: float


@dataclass(frozen=True)
class Collecting:
    store: Store
    images: Images
    blobs: Blobs
    rootfs: Rootfs
    uploads: Uploads
    clock: Clock

    def collect(self) -> Collected:
        """Keep what the keepers tell, every app's newest five releases, people's own tags, and what is younger."""
        began = time.monotonic()
        before = self.clock() - KEPT_UNUSED_FOR
        report("looking for what is needed")
        told = self.images.kept()
        with self.store.write() as connection:
            tags_removed = sum(
                book.remove_tag(connection, tag.place, tag.tag) for tag in _outdated(book.all_tags(connection), told)
            )
        with self.store.read() as connection:
            roots = {(tag.repository, tag.digest) for tag in book.all_tags(connection)}
            manifests = book.manifests(connection)
        roots |= {(one.repository, one.digest) for one in manifests if one.linked_at >= before or one.digest in told}
        roots |= {(one.repository, one.digest) for one in manifests if (one.repository, one.subject) in roots}
        needed = {(where, part) for where, root in roots for part in self._parts(root)}
        report("removing the rest")
        with self.store.write() as connection:
            book.forget_unneeded(connection, needed, before)
        with self.store.read() as connection:
            stay = book.everything(connection) | {part for root in told for part in self._parts(root)}
        freed = [self.blobs.remove(blob.digest, before.timestamp()) for blob in self.blobs if blob.digest not in stay]
        self.rootfs.keep(told, before.timestamp())
        return Collected(
            blobs_removed=sum(1 for size in freed if size),
            tags_removed=tags_removed,
            freed_bytes=sum(freed) + self.uploads.sweep(),
            seconds=time.monotonic() - began,
        )

    def _parts(self, digest: Digest) -> Iterable[Digest]:
        """The image and all that it consists of. What cannot be read has no parts that could be kept for it."""
        yield digest
        try:
            parsed = parse_manifest(self.blobs.read(digest, LARGEST_MANIFEST_BYTES))
        except NacreError:
            return
        if isinstance(parsed, Manifest):
            yield from (part.digest for part in parsed.blobs)
        if isinstance(parsed, Index):
            for part in parsed.manifests:
                yield from self._parts(part.digest)


def _outdated(tags: Iterable[book.Tag], told: set[Digest]) -> list[book.Tag]:
    """The tags of releases beyond the newest five of each repository, unless a keeper tells of their image."""
    by_repository: dict[str, list[book.Tag]] = defaultdict(list)
    for tag in tags:
        if tag.release is not None:
            by_repository[tag.repository].append(tag)
    return [
        tag
        for releases in by_repository.values()
        for tag in sorted(releases, key=lambda tag: tag.release or 0)[:-KEPT_RELEASES]
        if tag.digest not in told
    ]
