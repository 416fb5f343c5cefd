"""Builds a Dockerfile with buildah, as a root that is nobody on this machine, and takes the image in."""

import json
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nacre.building.confined import Bounds, Cancelled, Say
from nacre.building.diagnosis import failure
from nacre.building.ecosystems.dockerfile import NAMES
from nacre.building.packing import source_entries
from nacre.building.recipe import Recipe
from nacre.building.sources import copy_entries, real_folder
from nacre.core.errors import Conflict, Failed, NoSpace, Unavailable
from nacre.engines.oci.blobs import Blobs, chunks_of
from nacre.engines.oci.digests import parse_digest
from nacre.engines.oci.entries import open_source
from nacre.engines.oci.layers import Layer
from nacre.engines.oci.manifest import LARGEST_MANIFEST_BYTES, Descriptor, Facts, Manifest, parse_config, parse_manifest
from nacre.engines.processes.command import CommandCancelled, CommandTimedOut
from nacre.engines.sandbox import rooted
from nacre.engines.sandbox.disk import Watch
from nacre.engines.sandbox.rooted import Rooted
from nacre.engines.sandbox.spec import Limits, Mount
from nacre.images.runspec import RunSpec

_OUT = "out"
_LAST_WORDS_BYTES = 64 << 10
_LOOKED_EVERY_S = 0.2
_PORT = 8080


@dataclass(frozen=True)
class Imported:
    """The layers of an image that is in the store now, and how it says it is run."""

    layers: tuple[Layer, ...]
    facts: Facts
    run: RunSpec


def build(
    source: Path, found: Recipe, scratch: Path, bounds: Bounds, say: Say, cancelled: Cancelled, blobs: Blobs
) -> Imported:
    """Build the Dockerfile in `source`, and store its layers.

    Raises Unavailable "no-container-builder", "registry-down"; Failed "build-failed", "build-too-long"; Conflict
    "build-cancelled", "no-start-command"; NoSpace "build-too-large".
    """
    _require_builder()
    context, place, own = (scratch / name for name in ("context", "build", "own"))
    for folder in (context, place, own):
        folder.mkdir(mode=0o755)
    copy_entries(context, source_entries(source, found), "app")
    limits = Limits(bounds.cpus, bounds.memory_mb << 20, 4096, int(bounds.disk_gb * (1 << 30)))
    inside = Rooted(own, (Mount(context, "/context"), Mount(place, "/build", writable=True)), limits)
    _run(inside, buildah_argv(_name(source), found.run.env), Watch((place,), limits.disk_bytes), bounds, say, cancelled)
    return _imported(place, found.run, blobs)


def buildah_argv(name: str, arguments: Mapping[str, str]) -> list[str]:
    """The command inside, where chroot is enough: nothing in the sandbox must be kept from what is run there."""
    given = [word for key, value in arguments.items() for word in ("--build-arg", f"{key}={value}")]
    return [
        "buildah", "--root", "/build/root", "--runroot", "/run/buildah", "--storage-driver", "vfs",
        "build", "--isolation", "chroot", "--layers=false", "--timestamp", "0", "--format", "oci", *given,
        "--tag", f"oci:/build/{_OUT}:latest", "--file", f"/context/{name}", "/context",
    ]  # fmt: skip


def _require_builder() -> None:
    why = "buildah is not installed." if shutil.which("buildah") is None else rooted.obstacle()
    if why:
        raise Unavailable(
            "no-container-builder",
            f"A Dockerfile cannot be built here: {why}",
            hint="On Debian and Ubuntu: apt-get install buildah, and run Nacre as root. Or say in nacre.toml how it "
            'is built without a Dockerfile: [publish] runtime = "python" or "node", start = "…".',
        )


def _name(source: Path) -> str:
    return next(name for name in NAMES if (source / name).exists())


def _run(inside: Rooted, argv: list[str], disk: Watch, bounds: Bounds, say: Say, cancelled: Cancelled) -> None:
    stop, over, last = threading.Event(), threading.Event(), bytearray()
    trouble: list[str] = []

    def hear(data: bytes) -> None:
        say(data)
        last.extend(data)
        del last[:-_LAST_WORDS_BYTES]

    def watch() -> None:
        elapsed_s = 0.0
        while not over.wait(_LOOKED_EVERY_S):
            elapsed_s += _LOOKED_EVERY_S
            trouble.extend(filter(None, [disk.look(elapsed_s)]))
            if trouble or cancelled():
                stop.set()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        env = {"HOME": "/root", "BUILDAH_ISOLATION": "chroot", "TMPDIR": "/build"}
        exit_code = inside.run(argv, env=env, timeout_s=bounds.minutes * 60, say=hear, cancelled=stop)
    except CommandCancelled:
        if trouble:
            raise NoSpace(
                "build-too-large",
                f"The build was stopped: {trouble[0]}.",
                hint="Let it write less, make room, or allow it more with the setting build_disk_gb.",
            ) from None
        raise Conflict("build-cancelled", "The build was cancelled.", hint="Publish again when you want to.") from None
    except CommandTimedOut:
        raise Failed(
            "build-too-long",
            f"The build was stopped: it had not ended after {bounds.minutes:g} minutes.",
            hint="Let it do less, or allow it more time with the setting build_minutes.",
        ) from None
    finally:
        over.set()
        watching.join()
    if exit_code != 0:
        raise failure("dockerfile", exit_code, bytes(last), bounds.memory_mb)


def _imported(place: Path, run: RunSpec, blobs: Blobs) -> Imported:
    """What was made is read as what came from a stranger: every blob is proven, and no link is followed."""
    folder = real_folder(place, f"{_OUT}/blobs/sha256")
    index = json.loads(_content(real_folder(place, _OUT) / "index.json"))
    manifest = parse_manifest(_content(_blob(folder, index["manifests"][0]["digest"])))
    if not isinstance(manifest, Manifest):
        raise Failed(
            "build-failed", "The build made several images where one was asked for.", hint="Build one platform."
        )
    for part in manifest.blobs:
        _store(folder, part, blobs)
    facts = parse_config(blobs.read(manifest.config.digest, LARGEST_MANIFEST_BYTES))
    layers = tuple(
        Layer(part.digest, diff_id, part.size_bytes, part.media_type)
        for part, diff_id in zip(manifest.layers, facts.diff_ids, strict=True)
    )
    return Imported(layers, facts, _fitted(run, facts))


def _fitted(run: RunSpec, facts: Facts) -> RunSpec:
    """What nacre.toml says wins over what the Dockerfile says."""
    start = run.start or facts.argv
    if not start:
        raise Conflict(
            "no-start-command",
            "The Dockerfile has neither CMD nor ENTRYPOINT, so nothing tells how the app is started.",
            hint='Add a CMD, or say it in nacre.toml: [publish] start = "…".',
        )
    told = next((port.partition("/")[0] for port in facts.exposed_ports), "")
    port = int(told) if run.port == _PORT and told.isdigit() and 1024 <= int(told) <= 65535 else run.port
    env = dict(line.split("=", 1) for line in facts.env if "=" in line)
    changes: dict[str, Any] = {
        "start": start, "cwd": facts.working_dir or "/", "user": facts.user or "0:0", "port": port,
        "env": {**env, "PORT": str(port), **run.env},
    }  # fmt: skip
    return run.model_copy(update=changes)


def _store(folder: Path, part: Descriptor, blobs: Blobs) -> None:
    if not blobs.has(part.digest):
        descriptor, _ = open_source(_blob(folder, part.digest))
        blobs.add(chunks_of(os.fdopen(descriptor, "rb")), part.digest)


def _blob(folder: Path, digest: str) -> Path:
    return folder / parse_digest(digest).removeprefix("sha256:")


def _content(path: Path) -> bytes:
    descriptor, size_bytes = open_source(path)
    with os.fdopen(descriptor, "rb") as file:
        if size_bytes > LARGEST_MANIFEST_BYTES:
            raise Failed("build-failed", f"{path.name} is larger than what describes an image may be.")
        return file.read(LARGEST_MANIFEST_BYTES)
