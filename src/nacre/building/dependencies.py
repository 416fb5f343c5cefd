"""The layer of what a source depends on: installed in a sandbox, and kept by what it was made from."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from nacre.building.confined import Cancelled, Confined, Order, Say
from nacre.building.ecosystems.ecosystem import Dependencies
from nacre.building.ecosystems.python import VENV
from nacre.building.sources import copy_to, real_folder
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.digests import Digest
from nacre.engines.oci.entries import entries_of
from nacre.engines.oci.layers import Layer, write_layer
from nacre.images.base.bases import Base
from nacre.images.base.libraries import known
from nacre.images.base.userland import copies, merged

_RECIPE = 1  # counts up whenever the same inputs are to give another layer
_LIBRARY = re.compile(r"^[ \t]+(\S+) => (/\S+|not found)", re.MULTILINE)
_LARGEST_CACHE_BYTES = 4 << 30

# What tools write down about the installation itself: when, by whom, from where. Nothing reads it at run time.
_NOISE = frozenset((
    "__pycache__", "direct_url.json", "uv_cache.json", "uv_build.json", "REQUESTED", ".package-lock.json",
    ".modules.yaml", ".pnpm-workspace-state.json", ".pnpm-workspace-state-v1.json", ".yarn-integrity",
    ".yarn-state.yml", ".cache", ".lock", "CACHEDIR.TAG",
))  # fmt: skip

# Compiled in one process, in order, by a hash seed that is always the same, so that the bytes are the same, too.
_COMPILE = "python -m compileall -q --invalidation-mode unchecked-hash -j 1 {} || true"
_LIBRARIES = (
    r"find {} -type f \( -name '*.so' -o -name '*.so.*' -o -name '*.node' \) | sort | xargs -r ldd 2>/dev/null || true"
)


@dataclass(frozen=True)
class Installed:
    """`layer` holds them; `libraries` what of the machine's their native modules need and the base has not, if any.
    `folder` is where they were installed just now, None where they were there; `lacking` libraries that are nowhere.
    """

    layer: Layer
    libraries: Layer | None
    folder: Path | None = None
    lacking: tuple[str, ...] = ()

    @property
    def fresh(self) -> bool:
        return self.folder is not None

    @property
    def layers(self) -> tuple[Layer, ...]:
        return (self.layer, self.libraries) if self.libraries else (self.layer,)


@dataclass(frozen=True)
class Site:
    """Where one build takes place: `source` is what is published of the source, `scratch` an empty folder of its own,
    `cache` the app's own cache, which outlives it."""

    source: Path
    scratch: Path
    cache: Path
    env: Mapping[str, str]
    base: Base
    say: Say
    cancelled: Cancelled

    @property
    def packages(self) -> Path:
        return self.cache / "packages"


class Installer:
    """Called from worker threads; builds of one app come one after another."""

    def __init__(self, confined: Confined, blobs: Blobs) -> None:
        self._confined = confined
        self._blobs = blobs

    def install(self, wanted: Dependencies, site: Site) -> Installed:
        """The layer made from the same manifests before, or a new one.

        Raises what Confined.run raises, and what writing a layer does.
        """
        record = site.cache / "layers" / f"{key_of(wanted, site)}.json"
        known_before = self._recall(record)
        if known_before is not None:
            return known_before
        installed = self._install(wanted, site)
        _remember(record, installed)
        return installed

    def _recall(self, record: Path) -> Installed | None:
        try:
            document = json.loads(record.read_text())
            libraries = document["libraries"]
            found = Installed(_layer(document["layer"]), _layer(libraries) if libraries else None)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        return found if all(self._blobs.has(layer.digest) for layer in found.layers) else None

    def _install(self, wanted: Dependencies, site: Site) -> Installed:
        place = site.scratch / "dependencies"
        app = site.scratch / "manifests"
        for folder in (place, app, site.packages):
            folder.mkdir(parents=True, exist_ok=True)
        copy_to(app, site.source, None if wanted.whole else wanted.manifests)
        for name, text in wanted.written.items():
            (app / name).write_text(text)
        for folder in (place, app, site.packages):
            self._confined.own(folder)
        try:
            made, said = self._run(wanted, site, place, app)
        finally:
            _trim(site.packages)
        layer = write_layer(self._blobs, entries_of(made, wanted.target.lstrip("/"), _is_noise))
        libraries, lacking = self._libraries(said, site.base)
        return Installed(layer, libraries, made, lacking)

    def _run(self, wanted: Dependencies, site: Site, place: Path, app: Path) -> tuple[Path, str]:
        """(the folder that was filled, what its native modules need)."""
        writable, target, seen, line = app, "/app", [(site.base.prefix, "/usr/local")], wanted.line
        if wanted.target == VENV:
            writable, target = place, VENV
            seen.append((app, "/app"))
            line = f"{wanted.line} && {{ {_COMPILE.format(VENV)}; }}"
        order = Order("dependencies", f"set -e; {line}", writable, target, tuple(seen), site.env, "/app")
        self._confined.run(order, site.packages, site.say, site.cancelled)
        looking = Order("libraries", _LIBRARIES.format(wanted.target), writable, target, tuple(seen), site.env, "/app")
        said = b""
        if _has_native(writable):
            said = self._confined.run(looking, site.packages, lambda data: None, site.cancelled)
        if wanted.target == VENV:
            return place, said.decode(errors="replace")
        return real_folder(app, "node_modules", missing_is_empty=True), said.decode(errors="replace")

    def _libraries(self, said: str, base: Base) -> tuple[Layer | None, tuple[str, ...]]:
        """What was said comes from inside: only libraries that this machine's loader knows are taken from it."""
        asked = set(_LIBRARY.findall(said))
        here = {str(path): path for path in known().values()}
        wanted = {here[path] for _, path in asked if path in here}
        extra = [path for path in wanted if not (base.rootfs / merged(path)).exists()]
        lacking = tuple(sorted(name for name, path in asked if path == "not found"))
        return (write_layer(self._blobs, copies(extra)) if extra else None), lacking


def key_of(wanted: Dependencies, site: Site) -> str:
    """Another one whenever the same line could install something else."""
    digest = hashlib.sha256()
    facts = {"recipe": _RECIPE, "base": site.base.digest, "tool": wanted.tool, "line": wanted.line,
             "target": wanted.target, "env": dict(site.env), "written": dict(wanted.written)}  # fmt: skip
    digest.update(json.dumps(facts, sort_keys=True).encode())
    files = sorted(_files(site.source)) if wanted.whole else wanted.manifests
    for name in files:
        path = site.source / name
        if path.is_symlink():
            digest.update(f"{name}\0link\0{path.readlink()}".encode())
        elif path.is_file():
            content = path.read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if not path.is_dir() or path.is_symlink():
            yield str(path.relative_to(folder))


def _is_noise(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in _NOISE and not (name == "__pycache__" and path.startswith("lib/"))


def _has_native(folder: Path) -> bool:
    return any(path.suffix in (".so", ".node") or ".so." in path.name for path in folder.rglob("*.*"))


def _remember(record: Path, installed: Installed) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "layer": asdict(installed.layer),
        "libraries": asdict(installed.libraries) if installed.libraries else None,
    }
    fresh = record.with_suffix(".new")
    fresh.write_text(json.dumps(document))
    fresh.replace(record)


def _layer(document: Mapping[str, object]) -> Layer:
    return Layer(
        Digest(str(document["digest"])),
        Digest(str(document["diff_id"])),
        int(str(document["size_bytes"])),
        str(document["media_type"]),
    )


def _trim(cache: Path) -> None:
    """A cache that has grown too large begins anew: package managers have no limit of their own."""
    size = sum(path.lstat().st_blocks * 512 for path in cache.rglob("*"))
    if size > _LARGEST_CACHE_BYTES:
        shutil.rmtree(cache, ignore_errors=True)
