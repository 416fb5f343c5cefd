"""From a source folder to an image: the whole of a build, step by step."""

import errno
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nacre.building import dockerfile
from nacre.building.confined import Cancelled, Confined, Order, Say
from nacre.building.dependencies import Installed, Installer, Site
from nacre.building.ecosystems.python import VENV
from nacre.building.packing import built_layer, pages_layer, source_entries, source_layer
from nacre.building.recipe import Recipe, recipe
from nacre.building.sources import copy_entries, real_folder
from nacre.building.store import ImageStore
from nacre.core.errors import Conflict, NoSpace, TooLarge
from nacre.engines.oci.digests import Digest
from nacre.engines.oci.image import Config, write_image
from nacre.engines.oci.layers import Layer
from nacre.engines.oci.tarball import unpack_tar
from nacre.engines.source.source import Source
from nacre.images.base.bases import Base
from nacre.images.runspec import LABEL, RunSpec

_MB = 1 << 20


@dataclass(frozen=True)
class Built:
    """`seconds` by phase: reading, base, dependencies, building, packing. `cached`: dependencies were there already."""

    digest: Digest
    run: RunSpec
    seconds: Mapping[str, float] = field(hash=False)
    size_bytes: int
    cached: bool


class Builder:
    """`cache` keeps, for each app apart, packages and the layers made of them; `scratch` is for what builds write.

    For worker threads; several builds may go on at once, of one app one after another.
    """

    def __init__(self, confined: Confined, cache: Path, scratch: Path, image_limit_mb: int) -> None:
        self._confined = confined
        self._cache = cache
        self._scratch = scratch
        self._image_limit_mb = image_limit_mb

    def build(
        self, source_dir: Path, labels: Mapping[str, str], say: Say, cancelled: Cancelled, images: ImageStore
    ) -> Built:
        """Build what lies in `source_dir`, which is only read. `labels` come to be the image's; `dev.nacre.project` and
        `dev.nacre.app` among them tell whose caches are used: no app sees what another one fetched.

        Raises what recipe() refuses; InvalidInput "bad-lock-file", "wrong-runtime-version"; Failed "install-failed",
        "build-failed", "build-too-long"; Conflict "build-cancelled", "no-pages"; TooLarge "image-too-large"; NoSpace
        "disk-full", "build-too-large"; Unavailable "registry-down", "isolation-not-proven", "no-container-builder",
        "no-base-image".
        """
        clock = _Clock(say)
        with clock.phase("reading"):
            found = recipe(Source(source_dir))
            _tell(found, say)
            source = real_folder(source_dir, found.folder)
        with self._room() as scratch:
            if found.run.kind == "dockerfile":
                with clock.phase("building"):
                    taken = dockerfile.build(
                        source, found, scratch, self._confined.bounds, say, cancelled, images.blobs
                    )
                digest, size_bytes = self._compose(taken.run, {}, (), list(taken.layers), labels, images)
                return Built(digest, taken.run, clock.seconds, size_bytes, cached=False)
            with clock.phase("base"):
                base, served = self._bases(found, images)
            cache = self._cache / labels["dev.nacre.project"] / labels["dev.nacre.app"]
            site = Site(source, scratch, cache, _environment(found), base, say, cancelled)
            installed, layers = None, []
            if found.dependencies is not None:
                with clock.phase("dependencies"):
                    installed = self._dependencies(found, site, images)
            if found.build:
                with clock.phase("building"):
                    built = self._make(found, site, installed, images)
            with clock.phase("packing"):
                _refuse_cancelled(cancelled)
                if found.pages:
                    layers = [pages_layer(images.blobs, built if found.build else source, found)]
                else:
                    layers += installed.layers if installed else ()
                    layers.append(source_layer(images.blobs, source, found))
                    made = built_layer(images.blobs, built, source) if found.build else None
                    layers += [made] if made else []
                digest, size_bytes = self._compose(found.run, served.env, served.layers, layers, labels, images)
        say(f"Image {digest}, {size_bytes / _MB:.0f} MB\n".encode())
        return Built(digest, found.run, clock.seconds, size_bytes, installed is not None and not installed.fresh)

    def sweep(self) -> None:
        """End and remove what builds that were cut off left behind. Only while none runs."""
        self._confined.sweep()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def forget(self, project: str, app: str = "") -> None:
        """Remove the cache of an app that is gone, or those of a whole project."""
        shutil.rmtree(self._cache / project / app, ignore_errors=True)

    def _bases(self, found: Recipe, images: ImageStore) -> tuple[Base, Base]:
        """(what it is built on, what the image is made on): pages that Node made are not served by Node."""
        bases = images.bases
        if found.run.kind == "static" and not found.build:
            return (bases.static(),) * 2
        language = bases.node() if found.language == "node" else bases.python()
        return language, bases.static() if found.run.kind == "static" else language

    def _dependencies(self, found: Recipe, site: Site, images: ImageStore) -> Installed:
        assert found.dependencies is not None
        installed = Installer(self._confined, images.blobs).install(found.dependencies, site)
        size = sum(layer.size_bytes for layer in installed.layers) / _MB
        how = "installed" if installed.fresh else "unchanged, taken from the cache"
        site.say(f"Dependencies ({found.dependencies.tool}): {how}, {size:.0f} MB\n".encode())
        for name in installed.lacking:
            site.say(f"Note: a package needs the library {name}, which this machine does not have.\n".encode())
        return installed

    def _make(self, found: Recipe, site: Site, installed: Installed | None, images: ImageStore) -> Path:
        """Run the build command on a copy of the source, and return that copy."""
        app, seen = site.scratch / "app", [(site.base.prefix, "/usr/local")]
        app.mkdir()
        copy_entries(app, source_entries(site.source, found), "app")
        if installed is not None and found.dependencies is not None:
            inside = found.dependencies.target
            place = site.scratch / "venv" if inside == VENV else app / "node_modules"
            if installed.folder is None:
                _unpack(installed.layer, inside, place, site, images)
            else:
                installed.folder.rename(place)
            if inside == VENV:
                seen.append((place, VENV))
        site.packages.mkdir(parents=True, exist_ok=True)
        for folder in (app, site.packages):
            self._confined.own(folder)
        site.say(f"$ {found.build}\n".encode())
        order = Order("build", found.build, app, "/app", tuple(seen), site.env, "/app")
        self._confined.run(order, site.packages, site.say, site.cancelled)
        return app

    def _compose(
        self,
        run: RunSpec,
        env: Mapping[str, str],
        below: tuple[Layer, ...],
        layers: list[Layer],
        labels: Mapping[str, str],
        images: ImageStore,
    ) -> tuple[Digest, int]:
        """`below` are the layers that images share, and do not count."""
        own = sum(layer.size_bytes for layer in layers)
        if own > self._image_limit_mb * _MB:
            largest = max(layers, key=lambda layer: layer.size_bytes).size_bytes
            raise TooLarge(
                "image-too-large",
                f"The image would have {own / _MB:,.0f} MB beside its base, {largest / _MB:,.0f} of them in one layer; "
                f"{self._image_limit_mb:,} are allowed.",
                hint="Leave files out with [publish] exclude, keep data in the app's folder NACRE_DATA, or raise the "
                "setting image_limit_mb.",
            )
        config = Config(
            argv=run.start,
            env={**env, **run.env},
            working_dir=run.cwd,
            user=run.user,
            exposed_port=run.port,
            labels={**opencontainers(labels), **labels, LABEL: run.label()},
        )
        manifest = write_image(images.blobs, [*below, *layers], config)
        return manifest.digest, manifest.size_bytes

    @contextmanager
    def _room(self) -> Iterator[Path]:
        self._scratch.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._scratch.chmod(0o711)
        scratch = Path(tempfile.mkdtemp(dir=self._scratch))
        scratch.chmod(0o711)
        try:
            yield scratch
        except OSError as error:
            # Copying a tree tells of many errors as one without a number: the disk itself is asked then.
            if error.errno in (errno.ENOSPC, errno.EDQUOT) or shutil.disk_usage(self._scratch).free < _MB:
                raise NoSpace(
                    "disk-full", "The disk is full: nothing was built.", hint="Make room, and publish again."
                ) from error
            raise
        finally:
            # Thousands of files may take longer to remove than to build with: nobody has to wait for that.
            threading.Thread(target=shutil.rmtree, args=(scratch, True), name="build-cleaning").start()


class _Clock:
    """Times the phases, and says when each begins."""

    def __init__(self, say: Say) -> None:
        self.seconds: dict[str, float] = {}
        self._say = say

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        self._say(f"== {name}\n".encode())
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - began, 3)


def opencontainers(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that every tool knows, from Nacre's own."""
    known = {
        "org.opencontainers.image.title": labels.get("dev.nacre.app") or labels.get("dev.nacre.project"),
        "org.opencontainers.image.revision": labels.get("dev.nacre.commit"),
        "org.opencontainers.image.vendor": "Nacre",
    }
    return {name: value for name, value in known.items() if value}


def _environment(found: Recipe) -> dict[str, str]:
    """What install and build lines see beside what Confined sets: the app's own variables, and where programs are.

    What only tells a server how to run is left out: another port or size would be another set of dependencies.
    """
    env = {name: value for name, value in found.run.env.items() if name not in _OF_SERVERS}
    path = _BUILD_PATH if found.run.kind == "static" else f"{found.run.env['PATH']}:/opt/nacre/bin"
    return env | {"PATH": path, "UV_PROJECT_ENVIRONMENT": VENV, "VIRTUAL_ENV": VENV}


_OF_SERVERS = frozenset(("HOME", "HOST", "NODE_ENV", "PORT", "WEB_CONCURRENCY"))
_BUILD_PATH = f"/app/node_modules/.bin:{VENV}/bin:/usr/local/bin:/usr/bin:/bin:/opt/nacre/bin"


def _unpack(layer: Layer, inside: str, place: Path, site: Site, images: ImageStore) -> None:
    """A layer of one folder, as `place`."""
    fresh = Path(tempfile.mkdtemp(dir=site.scratch))
    with images.blobs.open(layer.digest) as stream:
        unpack_tar(stream, fresh, 32 << 30)
    (fresh / inside.lstrip("/")).rename(place)
    shutil.rmtree(fresh)


def _tell(found: Recipe, say: Say) -> None:
    start = f": {' '.join(found.run.start)}" if found.run.start else ""
    say(f"{found.title}{f' in {found.folder}' if found.folder else ''}{start}\n".encode())
    for note in found.notes:
        say(f"Note: {note}\n".encode())


def _refuse_cancelled(cancelled: Cancelled) -> None:
    if cancelled():
        raise Conflict("build-cancelled", "The build was cancelled.", hint="Publish again when you want to.")
