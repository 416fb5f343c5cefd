"""The images of a node: fetched by digest from the control plane's registry, verified, unpacked, and tidied up."""

import time
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path

from nacre.core.errors import NotFound
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.client import Client, Remote
from nacre.engines.oci.digests import Digest, parse_digest
from nacre.engines.oci.manifest import LARGEST_MANIFEST_BYTES, Manifest, parse_manifest
from nacre.engines.oci.unpack import Rootfs

_KEPT_UNUSED_FOR = timedelta(days=1)


class NodeImages:
    """A nacre.runtime.lodging.Roots. `registry` tells where a repository is; `needed` which images are run from."""

    def __init__(
        self,
        folder: Path,
        registry: Callable[[str], Remote],
        needed: Callable[[], Collection[Digest]],
    ) -> None:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)
        self._blobs = Blobs(folder / "blobs")
        self._rootfs = Rootfs(self._blobs, folder / "unpacked")
        self._registry = registry
        self._needed = needed

    def sweep(self) -> None:
        """Remove what a kill left half done; to be called before anything is run."""
        self._blobs.sweep()
        self._rootfs.sweep()

    def unpacked(self, digest: str, repository: str | None = None) -> Path:
        """Fetched and unpacked at most once. Raises NotFound "image-not-found", InvalidInput "digest-mismatch",
        Unavailable "registry-unreachable", NoSpace, Failed."""
        known = parse_digest(digest)
        if self._rootfs.touch(known):
            return self._rootfs.path(known)
        if repository is None:
            raise NotFound("image-not-found", f"Nobody said where the image {digest} is.", hint="Publish it again.")
        with Client(self._registry(repository)) as client:
            manifest = client.pull(self._blobs, known)
        path = self._rootfs.unpack(manifest)
        self._tidy()
        return path

    def _tidy(self) -> None:
        """Remove what nothing is run from any more and nobody asked for in a day."""
        before = time.time() - _KEPT_UNUSED_FOR.total_seconds()
        needed = {*self._needed()}
        stay = {part for digest in needed for part in self._parts(digest)}
        self._rootfs.keep(needed, before)
        for blob in self._blobs:
            if blob.digest not in stay:
                self._blobs.remove(blob.digest, before)

    def _parts(self, digest: Digest) -> list[Digest]:
        if not self._blobs.has(digest):
            return []
        manifest = parse_manifest(self._blobs.read(digest, LARGEST_MANIFEST_BYTES))
        return [digest, *(part.digest for part in manifest.blobs)] if isinstance(manifest, Manifest) else [digest]
