"""A child's process, remembered on disk for the daemon that comes after this one."""

import json
from pathlib import Path

from nacre.engines.processes.identity import Identity

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def read(path: Path) -> Identity | None:
    """The process written down during this boot; None when there is none or the record is not whole."""
    try:
        document = json.loads(path.read_text())
        if document["boot"] != _BOOT.read_text().strip():
            return None
        return Identity(int(document["pid"]), int(document["started_ticks"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write(path: Path, identity: Identity) -> None:
    """Remember the process, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    document = {"boot": _BOOT.read_text().strip(), "pid": identity.pid, "started_ticks": identity.started_ticks}
    fresh.write_text(json.dumps(document))
    fresh.replace(path)
