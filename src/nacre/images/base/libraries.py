"""Which shared libraries programs need, as this machine's own loader finds them."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from nacre.core.errors import Unavailable
from nacre.engines.processes.command import run

_FOUND = re.compile(r"^\s+(?:\S+ => )?(/\S+) \(0x[0-9a-f]+\)$", re.MULTILINE)
_KNOWN = re.compile(r"^\s+(\S+) \(([^)]*)\) => (/\S+)$", re.MULTILINE)
_WITHIN_S = 60
_PER_CALL = 200


def needed_by(programs: Iterable[Path]) -> set[Path]:
    """The libraries, the loader among them, that these programs and libraries need, by the names they are asked for.

    Only for programs of this machine: the loader is told to load them. Raises Unavailable "no-base-image".
    """
    paths = [str(path) for path in programs]
    found: set[Path] = set()
    for at in range(0, len(paths), _PER_CALL):
        # The exit code says only whether one of them was a script or linked statically.
        said = run(["ldd", *paths[at : at + _PER_CALL]], timeout_s=_WITHIN_S, env=_environment()).text
        missing = re.search(r"(\S+) => not found", said)
        if missing:
            raise Unavailable(
                "no-base-image",
                f"A program of this machine lacks the library {missing[1]}, so no image can be based on it.",
                hint="Repair the package it belongs to, or publish with a Dockerfile.",
            )
        found.update(map(Path, _FOUND.findall(said)))
    return found


def known() -> dict[str, Path]:
    """The libraries that the loader knows for this machine's word size, by name."""
    said = run([_ldconfig(), "-p"], timeout_s=_WITHIN_S, env=_environment()).text
    wanted = "x86-64" if os.uname().machine == "x86_64" else ""
    return {
        name: Path(path)
        for name, kind, path in reversed(_KNOWN.findall(said))
        if wanted in kind and "hwcap" not in kind
    }


def _ldconfig() -> str:
    return next((path for path in ("/sbin/ldconfig", "/usr/sbin/ldconfig") if Path(path).exists()), "ldconfig")


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
