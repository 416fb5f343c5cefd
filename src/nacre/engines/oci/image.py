"""Composes an image from layers: its configuration and its manifest, the same bytes for the same input."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.layers import Layer
from nacre.engines.oci.manifest import OCI_CONFIG, OCI_MANIFEST, Descriptor, Manifest, architecture, parse_manifest

_EPOCH = "1970-01-01T00:00:00Z"  # an image that said when it was made would never be the same twice


@dataclass(frozen=True)
class Config:
    """How the image is run: `argv` the command, `user` a name or number of its /etc/passwd."""

    argv: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    working_dir: str = "/"
    user: str = ""
    exposed_port: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def document(self, layers: Sequence[Layer]) -> dict[str, Any]:
        config: dict[str, Any] = {
            "Cmd": list(self.argv),
            "Env": [f"{name}={value}" for name, value in sorted(self.env.items())],
            "Labels": dict(self.labels),
            "WorkingDir": self.working_dir,
        }
        if self.user:
            config["User"] = self.user
        if self.exposed_port is not None:
            config["ExposedPorts"] = {f"{self.exposed_port}/tcp": {}}
        return {
            "architecture": architecture(),
            "config": config,
            "created": _EPOCH,
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        }


def write_image(blobs: Blobs, layers: Sequence[Layer], config: Config) -> Manifest:
    """Store configuration and manifest of the image that these layers make, the lowest first. Raises NoSpace."""
    stored = blobs.add(_canonical(config.document(layers)))
    described = Descriptor(OCI_CONFIG, stored.digest, stored.size_bytes)
    raw = _canonical(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": described.document(),
            "layers": [Descriptor(layer.media_type, layer.digest, layer.size_bytes).document() for layer in layers],
        }
    )
    blobs.add(raw)
    manifest = parse_manifest(raw)
    assert isinstance(manifest, Manifest)
    return manifest


def _canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        errors="backslashreplace"
    )
