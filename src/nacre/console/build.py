"""Builds the console's files from its sources, unless what is there was built from these very sources."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nacre
from nacre.core.errors import Failed, NacreError, NotAllowed
from nacre.core.progress import report
from nacre.engines.node.node import Node, obtain
from nacre.engines.processes.command import checked, run

_CHECKOUT = Path(nacre.__file__).parents[2]
SOURCES = _CHECKOUT / "console"
DIST = SOURCES / "dist"
LOCKED_NODE = _CHECKOUT / "requirements" / "node.txt"

_STAMP = ".stamp"
_TOP = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
_FOLDERS = ("public", "src")
_INSTALL_WITHIN_S = 900
_BUILD_WITHIN_S = 300


@dataclass(frozen=True)
class Places:
    """`sources` are those of a checkout, `dist` what is served; `cache` and `node` lie in the home."""

    sources: Path
    dist: Path
    cache: Path
    node: Path

    @classmethod
    def of(cls, home: Path) -> "Places":
        return cls(SOURCES, DIST, home / "cache" / "console", home / "engines" / "node")


def build_console(places: Places) -> bool:
    """Bring `dist` up to date; returns whether anything had to be built. Others who build the same wait.

    Raises Unavailable "no-node", NotAllowed "console-not-writable", Failed "console-not-built"; what was there stays.
    """
    wanted = digest_of(places.sources)
    if is_current(places.dist, wanted):
        return False
    with _alone(places.sources):
        if is_current(places.dist, wanted):
            return False
        node = obtain(places.node, LOCKED_NODE)
        try:
            _install(node, places)
            _bundle(node, places)
        except NacreError as error:
            raise Failed(
                "console-not-built",
                f"The console could not be built: {error.message}",
                hint="The API and the command line work without it; `nacre up` tries again at its next start.",
            ) from error
        _put_in_place(places, wanted)
    return True


def is_current(dist: Path, wanted: str) -> bool:
    stamp = dist / _STAMP
    return stamp.is_file() and stamp.read_text() == wanted


def digest_of(sources: Path) -> str:
    """A digest of everything that the build reads; tests are not among it."""
    digest = hashlib.sha256()
    for path in source_files(sources):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(sources)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def source_files(sources: Path) -> list[Path]:
    """In a fixed order."""
    found = [sources / name for name in _TOP]
    for folder in _FOLDERS:
        inside = (path for path in (sources / folder).rglob("*") if path.is_file())
        found += sorted(path for path in inside if not path.name.endswith((".test.ts", ".test.tsx")))
    return found


def install_argv(node: Node) -> list[str]:
    """Exactly what the lock file names, no script of any package run, nothing that only development needs."""
    return node.npm_argv("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def bundle_argv(node: Node, out: Path) -> list[str]:
    vite = Path("node_modules") / "vite" / "bin" / "vite.js"
    return [str(node.program), str(vite), "build", "--outDir", str(out), "--emptyOutDir", "--logLevel", "warn"]


@contextmanager
def _alone(sources: Path) -> Iterator[None]:
    try:
        lock = (sources / ".build.lock").open("a")
    except OSError as error:
        raise NotAllowed(
            "console-not-writable",
            f"The console cannot be built in {sources}: {error.strerror}.",
            hint="Run `nacre up` once as the owner of this checkout.",
        ) from None
    with lock:
        _keep_owner(sources, sources / ".build.lock")
        report("waiting for another build of the console")
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(node: Node, places: Places) -> None:
    """The packages, in the home: a checkout's own node_modules is a developer's. Done again when the lock changes."""
    lock = (places.sources / "package-lock.json").read_bytes()
    done = places.cache / "installed"
    if done.is_file() and done.read_bytes() == lock:
        return
    report("fetching what the console is built with")
    done.unlink(missing_ok=True)
    places.cache.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(places.sources / name, places.cache / name)
    argv, environment = install_argv(node), node.environment(os.environ)
    checked(run(argv, timeout_s=_INSTALL_WITHIN_S, cwd=places.cache, env=environment), "Installing its packages")
    done.write_bytes(lock)


def _bundle(node: Node, places: Places) -> None:
    report("building the console")
    for folder in _FOLDERS:
        shutil.rmtree(places.cache / folder, ignore_errors=True)
    for path in source_files(places.sources):
        copy = places.cache / path.relative_to(places.sources)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    argv, environment = bundle_argv(node, places.cache / "dist"), node.environment(os.environ)
    checked(run(argv, timeout_s=_BUILD_WITHIN_S, cwd=places.cache, env=environment), "Bundling it")


def _put_in_place(places: Places, stamp: str) -> None:
    """Swap the new files in by a rename; the stamp comes with them, so that it never tells of others."""
    fresh, old = places.dist.with_name("dist.new"), places.dist.with_name("dist.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(places.cache / "dist", fresh)
    (fresh / _STAMP).write_text(stamp)
    for path in (fresh, *fresh.rglob("*")):
        _keep_owner(places.sources, path)
    if places.dist.exists():
        places.dist.rename(old)
    fresh.rename(places.dist)
    shutil.rmtree(old, ignore_errors=True)


def _keep_owner(sources: Path, path: Path) -> None:
    """Built by root in somebody's checkout, it stays theirs."""
    owner = sources.stat()
    if os.geteuid() == 0 and path.stat().st_uid != owner.st_uid:
        os.chown(path, owner.st_uid, owner.st_gid)
