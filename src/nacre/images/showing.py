"""Which images there are, how large they are, and how much of that they share with others."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from nacre.core.errors import NacreError
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.store.store import Store
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.digests import Digest
from nacre.engines.oci.manifest import LARGEST_MANIFEST_BYTES, Descriptor, Manifest, parse_manifest
from nacre.images import book
from nacre.images.repository import parse_repository


class ImageShown(Answer):
    """`size_bytes` is all of it, `shared_bytes` what other images listed here have as well."""

    repository: str
    digest: str
    tags: list[str]
    release: int | None
    size_bytes: int
    shared_bytes: int
    pushed_at: datetime


class ImagesShown(Answer):
    """`stored_bytes` is what they take together on disk, each part once."""

    images: list[ImageShown]
    stored_bytes: int


@dataclass(frozen=True)
class Showing:
    store: Store
    blobs: Blobs

    def all(self, who: Principal) -> ImagesShown:
        """Those of the projects that the caller may touch, newest first."""
        with self.store.read() as connection:
            contents = [one for one in book.manifests(connection) if _may_see(who, one.repository)]
            tags = book.all_tags(connection)
        parts = {one.digest: self._parts(one) for one in contents}
        users = Counter(part.digest for each in parts.values() for part in each)
        named: dict[tuple[str, Digest], list[book.Tag]] = {}
        for tag in tags:
            named.setdefault((tag.repository, tag.digest), []).append(tag)
        images = [
            _shown(one, named.get((one.repository, one.digest), []), parts[one.digest], users)
            for one in sorted(contents, key=lambda one: one.linked_at, reverse=True)
        ]
        sizes = {part.digest: part.size_bytes for each in parts.values() for part in each}
        return ImagesShown(images=images, stored_bytes=sum(sizes.values()))

    def _parts(self, content: book.Content) -> list[Descriptor]:
        own = [Descriptor(content.media_type, content.digest, content.size_bytes)]
        try:
            parsed = parse_manifest(self.blobs.read(content.digest, LARGEST_MANIFEST_BYTES))
        except NacreError:  # damaged on disk: it is listed, so that it can be pushed again
            return own
        return [*own, *parsed.blobs] if isinstance(parsed, Manifest) else own


def _shown(content: book.Content, tags: list[book.Tag], parts: list[Descriptor], users: Counter[Digest]) -> ImageShown:
    return ImageShown(
        repository=content.repository,
        digest=content.digest,
        tags=[tag.tag for tag in tags],
        release=max((tag.release for tag in tags if tag.release is not None), default=None),
        size_bytes=sum(part.size_bytes for part in parts),
        shared_bytes=sum(part.size_bytes for part in parts if users[part.digest] > 1),
        pushed_at=content.linked_at,
    )


def _may_see(who: Principal, repository: str) -> bool:
    return who.branch is None and who.may_touch(parse_repository(repository).project)
