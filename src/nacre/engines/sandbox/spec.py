"""What a sandbox is asked to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from nacre.engines.processes.users import Account

Policy = Literal["open", "allow-list", "closed"]


@dataclass(frozen=True)
class Egress:
    """What can be reached from inside: the internet, the `hosts` listed, or nothing.

    A host is a name; `*.example.org` is every name below example.org. Only allow-list reads them.
    """

    policy: Policy = "open"
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """The most that a sandbox may use. `disk_bytes` is of each writable mount; `log_bytes` of each process's log."""

    cpu_cores: float = 2.0
    memory_bytes: int = 2 << 30
    processes: int = 512
    disk_bytes: int = 10 << 30
    log_bytes: int = 8 << 20


@dataclass(frozen=True)
class Mount:
    """A file or folder of the machine, seen inside at `target`.

    Without isolation it stays where it is, and `target` means nothing. Folders that can be written are watched for
    the limit on disk either way. `fresh` says of a folder that nobody has written to it yet, whoever may from now on:
    others can be mounted in it, at folders that are there.
    """

    source: Path
    target: str
    writable: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Spec:
    """One sandbox. `folder` is its own on the machine, with a path so short that sockets fit below it.

    `env` is what every process starts with; PATH and the like have defaults. `account` is who they run as, None for
    who the daemon is. `root` is the folder of an unpacked image which is the system inside, read-only, in place of the
    machine's own; without isolation there can be none.
    """

    name: str
    folder: Path
    mounts: tuple[Mount, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "/workspace"
    hostname: str = "workspace"
    limits: Limits = Limits()
    egress: Egress = Egress()
    account: Account | None = None
    root: Path | None = None
