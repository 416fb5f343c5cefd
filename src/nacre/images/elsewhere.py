"""A registry of somebody else's, to which images are brought too, and from which they come when they are missing."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from nacre.core.errors import InvalidInput
from nacre.core.settings import Settings
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.client import Client, Remote
from nacre.engines.oci.digests import Digest
from nacre.engines.oci.manifest import LARGEST_MANIFEST_BYTES, Manifest, parse_manifest
from nacre.images.repository import Repository


@dataclass(frozen=True)
class Elsewhere:
    """`url` is empty when there is none; what follows the host in it comes before the names of repositories."""

    url: str
    credentials_file: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Elsewhere":
        """Raises InvalidInput "bad-settings"."""
        if settings.registry and urlsplit(settings.registry).scheme not in ("http", "https"):
            raise InvalidInput(
                "bad-settings",
                f"The setting “registry” is no address: {settings.registry}.",
                hint="Write it with its scheme, as in https://registry.example.org/team.",
            )
        return cls(settings.registry, settings.registry_credentials_file)

    def push(self, blobs: Blobs, repository: Repository, digest: Digest, tag: str) -> None:
        """Raises Unavailable "registry-unreachable", Failed "registry-refused"; does nothing where there is none."""
        if self.url:
            with Client(self._remote(repository)) as client:
                client.push(blobs, digest, tag)

    def pull(self, blobs: Blobs, repository: Repository, digest: Digest) -> None:
        """Fetch what is missing here of an image. Raises also NotFound "image-not-found", "digest-mismatch"."""
        if self.url and not _is_whole(blobs, digest):
            with Client(self._remote(repository)) as client:
                client.pull(blobs, digest)

    def _remote(self, repository: Repository) -> Remote:
        parts = urlsplit(self.url)
        prefix = parts.path.strip("/")
        name = f"{prefix}/{repository}" if prefix else str(repository)
        return Remote(f"{parts.scheme}://{parts.netloc}", name, self._credentials())

    def _credentials(self) -> tuple[str, str] | None:
        if self.credentials_file is None:
            return None
        try:
            name, colon, password = self.credentials_file.read_text().strip().partition(":")
        except OSError as error:
            raise InvalidInput(
                "bad-settings", f"{self.credentials_file} cannot be read: {error.strerror}.",
                hint="The setting registry_credentials_file names a file with one line, NAME:PASSWORD.",
            ) from error  # fmt: skip
        if not colon:
            raise InvalidInput(
                "bad-settings", f"{self.credentials_file} holds no name and password.",
                hint="It is one line, NAME:PASSWORD.",
            )  # fmt: skip
        return name, password


def _is_whole(blobs: Blobs, digest: Digest) -> bool:
    if not blobs.has(digest):
        return False
    manifest = parse_manifest(blobs.read(digest, LARGEST_MANIFEST_BYTES))
    return isinstance(manifest, Manifest) and all(blobs.has(part.digest) for part in manifest.blobs)
