"""Manifests as they come from anywhere: parsed within limits, in OCI's words and in Docker's."""

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nacre.core.errors import InvalidInput
from nacre.engines.oci.digests import Digest, digest_of, parse_digest

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFESTS = (OCI_MANIFEST, DOCKER_MANIFEST)
INDEXES = (OCI_INDEX, DOCKER_LIST)

LARGEST_MANIFEST_BYTES = 4 << 20
_MOST_PARTS = 512
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")


@dataclass(frozen=True)
class Descriptor:
    """What a manifest says of one of its parts."""

    media_type: str
    digest: Digest
    size_bytes: int
    platform: Mapping[str, str] = field(default_factory=dict, hash=False)

    def document(self) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size_bytes}


@dataclass(frozen=True)
class Manifest:
    """An image: its configuration and its layers, the lowest first. `subject` is what it is about, if anything."""

    raw: bytes
    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    subject: Digest | None = None
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def digest(self) -> Digest:
        return digest_of(self.raw)

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Each part once."""
        return tuple({part.digest: part for part in (self.config, *self.layers)}.values())

    @property
    def size_bytes(self) -> int:
        return len(self.raw) + sum(part.size_bytes for part in self.blobs)


@dataclass(frozen=True)
class Index:
    """Several images for several machines."""

    raw: bytes
    media_type: str
    manifests: tuple[Descriptor, ...]
    subject: Digest | None = None
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def digest(self) -> Digest:
        return digest_of(self.raw)

    def for_this_machine(self) -> Descriptor:
        """Raises InvalidInput "no-such-platform"."""
        machine = architecture()
        for each in self.manifests:
            if each.platform.get("os") == "linux" and each.platform.get("architecture") == machine:
                return each
        raise InvalidInput("no-such-platform", f"The image is not made for linux/{machine}.")


def parse_manifest(raw: bytes, media_type: str = "") -> Manifest | Index:
    """`media_type` as it was announced, empty when it was not.

    Raises InvalidInput "bad-manifest" with what is wrong with it.
    """
    document = _document(raw)
    said = _text(document.get("mediaType", ""), "mediaType")
    kind = media_type.partition(";")[0].strip() or said or _guessed(document)
    if said and said != kind:
        raise _bad(f"it was announced as {kind} and calls itself {said}")
    common: dict[str, Any] = {
        "raw": raw,
        "media_type": kind,
        "subject": _descriptor(document["subject"]).digest if document.get("subject") else None,
        "artifact_type": _text(document.get("artifactType", ""), "artifactType"),
        "annotations": _texts(document.get("annotations")),
    }
    if kind in MANIFESTS:
        return Manifest(config=_descriptor(document.get("config")), layers=_parts(document.get("layers")), **common)
    if kind in INDEXES:
        return Index(manifests=_parts(document.get("manifests")), **common)
    raise _bad(f"{kind or 'its media type'} is no manifest that this registry knows")


@dataclass(frozen=True)
class Facts:
    """What an image's configuration says about running it, and the digests of its layers' tars."""

    env: tuple[str, ...]
    argv: tuple[str, ...]
    working_dir: str
    user: str
    labels: Mapping[str, str] = field(hash=False)
    exposed_ports: tuple[str, ...]
    diff_ids: tuple[Digest, ...]


def parse_config(raw: bytes) -> Facts:
    """Raises InvalidInput "bad-manifest"."""
    document = _document(raw)
    config = document.get("config") or {}
    rootfs = document.get("rootfs")
    if not isinstance(config, dict) or not isinstance(rootfs, dict):
        raise _bad("its configuration has no root file system")
    return Facts(
        env=_list_of_texts(config.get("Env")),
        argv=_list_of_texts(config.get("Entrypoint")) + _list_of_texts(config.get("Cmd")),
        working_dir=_text(config.get("WorkingDir") or "/", "WorkingDir"),
        user=_text(config.get("User") or "", "User"),
        labels=_texts(config.get("Labels")),
        exposed_ports=tuple(_dict(config.get("ExposedPorts"), "ExposedPorts")),
        diff_ids=tuple(parse_digest(each) for each in _list_of_texts(rootfs.get("diff_ids"))),
    )


def architecture() -> str:
    """This machine, as OCI calls it."""
    return _MACHINES.get(platform.machine(), platform.machine())


def _document(raw: bytes) -> dict[str, Any]:
    if len(raw) > LARGEST_MANIFEST_BYTES:
        raise _bad(f"it has more than {LARGEST_MANIFEST_BYTES:,} bytes")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _bad(f"it is no JSON ({error})") from None
    if not isinstance(document, dict):
        raise _bad("it is no JSON object")
    return document


def _guessed(document: Mapping[str, Any]) -> str:
    """OCI lets a manifest leave its own media type out."""
    if "manifests" in document:
        return OCI_INDEX
    return OCI_MANIFEST if "layers" in document else ""


def _parts(value: Any) -> tuple[Descriptor, ...]:
    if not isinstance(value, list) or len(value) > _MOST_PARTS:
        raise _bad(f"it has no list of at most {_MOST_PARTS} parts")
    return tuple(_descriptor(each) for each in value)


def _descriptor(value: Any) -> Descriptor:
    if not isinstance(value, dict):
        raise _bad("one of its parts is not described")
    digest, size = value.get("digest"), value.get("size")
    if not isinstance(digest, str) or not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise _bad("one of its parts has no digest and size")
    media_type = value.get("mediaType")
    if not isinstance(media_type, str) or not _MEDIA_TYPE.fullmatch(media_type):
        raise _bad("one of its parts has no media type")
    return Descriptor(media_type, parse_digest(digest), size, _texts(value.get("platform")))


def _dict(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _bad(f"its {name} is no object")
    return value


def _texts(value: Any) -> dict[str, str]:
    return {name: text for name, text in _dict(value, "text").items() if isinstance(text, str)}


def _list_of_texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _bad("a list of texts is something else")
    return tuple(value)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise _bad(f"its {name} is no text")
    return value


def _bad(reason: str) -> InvalidInput:
    return InvalidInput("bad-manifest", f"The manifest is not one: {reason}.", hint="Push the image again.")
