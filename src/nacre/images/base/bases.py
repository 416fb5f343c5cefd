"""The bases that images are built on: made from this machine at first use, and again when it changed."""

import hashlib
import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from nacre.core.progress import report
from nacre.engines.caddy import program as caddy
from nacre.engines.node import node as nodes
from nacre.engines.node.node import Node
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.digests import Digest
from nacre.engines.oci.entries import Entry, File
from nacre.engines.oci.image import Config, write_image
from nacre.engines.oci.layers import Layer, write_layer
from nacre.engines.oci.manifest import Manifest
from nacre.engines.oci.unpack import Rootfs
from nacre.images.base import node as node_layers
from nacre.images.base import python as python_layers
from nacre.images.base.libraries import known
from nacre.images.base.userland import LIBRARIES, userland

BaseKind = Literal["python", "node", "static"]

# Counts up whenever the layers are to hold something else.
_RECIPE = 1

_SCRATCH = "compiling-"


@dataclass(frozen=True)
class Base:
    """`layers`, lowest first, to build an image on; `env` what its configuration should begin with.

    `digest` is the image of these layers alone. `rootfs` is that image unpacked, to be used read-only; in it `prefix`
    lies at /usr/local, so that what is built with it runs in the image.
    """

    kind: BaseKind
    layers: tuple[Layer, ...]
    env: Mapping[str, str] = field(hash=False)
    digest: Digest
    rootfs: Path

    @property
    def prefix(self) -> Path:
        return self.rootfs / "usr" / "local"


class Bases:
    """`folder` remembers what was made; Node is fetched to `node_folder` by the lock file `node_lock`."""

    def __init__(self, blobs: Blobs, rootfs: Rootfs, folder: Path, node_folder: Path, node_lock: Path) -> None:
        self._blobs = blobs
        self._rootfs = rootfs
        self._folder = folder
        self._node_folder = node_folder
        self._node_lock = node_lock
        self._making = threading.Lock()

    def python(self) -> Base:
        """The userland and Python, of the version that Nacre runs on. Raises Unavailable "no-base-image"."""
        inputs = list(python_layers.inputs())
        return self._base("python", inputs, self._python_layer)

    def node(self) -> Base:
        """The userland, Node and npm. Raises Unavailable "no-node", "no-base-image"."""
        node = self._a_node()
        return self._base("node", list(node_layers.inputs(node)), partial(self._node_layer, node))

    def static(self) -> Base:
        """The userland and Caddy, as /usr/local/bin/caddy, to serve files. Raises Failed "no-caddy"."""
        program = caddy.find()
        return self._base("static", [program], partial(self._caddy_layer, program))

    def digests(self) -> set[Digest]:
        """The images that bases are, as last made."""
        return {Digest(record["digest"]) for record in self._records().values() if "digest" in record}

    def sweep(self) -> None:
        """Remove what a kill in the middle of making one left. Only while nobody makes one."""
        for path in self._folder.glob(f"{_SCRATCH}*"):
            shutil.rmtree(path)

    def layers(self) -> set[Digest]:
        """The layers of bases, as last made: anybody's images may have them, and they hold nobody's secrets."""
        return {Digest(record["layer"]["digest"]) for record in self._records().values() if "layer" in record}

    def _base(self, kind: BaseKind, inputs: Iterable[Path], make: Callable[[], Layer]) -> Base:
        with self._making:
            lowest = self._layer("userland", _userland_inputs(), self._userland)
            above = self._layer(kind, [*inputs, *_userland_inputs()], make)
            layers = (lowest, above)
            manifest = self._image(kind, layers)
            return Base(kind, layers, _ENV, manifest.digest, self._rootfs.unpack(manifest))

    def _image(self, kind: BaseKind, layers: tuple[Layer, ...]) -> Manifest:
        manifest = write_image(self._blobs, layers, Config(argv=("/bin/sh",), env=_ENV))
        if self._records().get(f"{kind}-image") != {"digest": manifest.digest}:
            self._remember(f"{kind}-image", {"digest": manifest.digest})
        return manifest

    def _layer(self, name: str, inputs: Iterable[Path], make: Callable[[], Layer]) -> Layer:
        """The layer made from these inputs before, while they are the same and it is there; else a new one."""
        state = _state_of(inputs)
        record = self._records().get(name, {})
        if record.get("inputs") == state:
            layer = Layer(**record["layer"])
            if self._blobs.has(layer.digest):
                return layer
        report(f"making the base image ({name})")
        layer = make()
        self._remember(name, {"inputs": state, "layer": asdict(layer)})
        return layer

    def _userland(self) -> Layer:
        return write_layer(self._blobs, userland())

    def _python_layer(self) -> Layer:
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=self._folder))
        try:
            return write_layer(self._blobs, _less(python_layers.python_layer(scratch), userland()))
        finally:
            shutil.rmtree(scratch)

    def _node_layer(self, node: Node) -> Layer:
        return write_layer(self._blobs, _less(node_layers.node_layer(node), userland()))

    def _caddy_layer(self, program: Path) -> Layer:
        return write_layer(self._blobs, [File("usr/local/bin/caddy", program.resolve(), executable=True)])

    def _a_node(self) -> Node:
        """The machine's own, unless its npm cannot be taken along: then the one that the lock file names."""
        node = nodes.obtain(self._node_folder, self._node_lock)
        if not node_layers.stands_alone(node):
            node = nodes.fetched(self._node_folder, self._node_lock)
        return node

    def _records(self) -> dict[str, dict[str, Any]]:
        try:
            return dict(json.loads((self._folder / "bases.json").read_text()))
        except FileNotFoundError:
            return {}

    def _remember(self, name: str, record: dict[str, Any]) -> None:
        path = self._folder / "bases.json"
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({**self._records(), name: record}, indent=1))
        fresh.replace(path)


_ENV = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/home/app",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def _less(entries: Iterable[Entry], there: Iterable[Entry]) -> Iterator[Entry]:
    """What the layers below do not have."""
    below = {entry.path for entry in there}
    return (entry for entry in entries if entry.path not in below)


def _userland_inputs() -> list[Path]:
    """Where every package that is installed or renewed leaves a trace, and what is read beside packages."""
    libraries = known()
    traces = ("/var/lib/dpkg/status", "/var/lib/rpm", "/lib/apk/db/installed", "/etc/os-release")
    named = ("sh", "bash", "env", "tar")
    return [
        *map(Path, traces),
        *(Path("/usr/bin") / name for name in named),
        *(libraries[name] for name in LIBRARIES if name in libraries),
        Path("/etc/ssl/certs/ca-certificates.crt"),
        Path("/usr/share/zoneinfo/tzdata.zi"),
    ]


def _state_of(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256(f"{_RECIPE}\n".encode())
    for path in paths:
        try:
            status = path.stat()
        except FileNotFoundError:
            digest.update(f"{path} none\n".encode())
            continue
        digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
