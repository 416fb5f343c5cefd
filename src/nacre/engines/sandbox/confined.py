"""One short command with nothing in view but the system and the folders it works on; no network, no rights.

For programs of the machine's own that read what untrusted people wrote: a link in there must lead nowhere.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nacre.engines.processes.users import Account
from nacre.engines.sandbox import view


@dataclass(frozen=True)
class Confinement:
    """How commands are confined: as `account` where the daemon is root; not at all where there are no sandboxes."""

    account: Account | None
    enforced: bool = True

    @property
    def user(self) -> Account | None:
        """Whom the caller has to start the command as: confined as root, it drops its rights by itself."""
        return None if self.enforced else self.account

    def argv(self, command: Sequence[str], folders: Mapping[Path, bool], *, connected: bool = False) -> list[str]:
        """The whole command line. `folders` are those in view, each with whether it may be written to."""
        if not self.enforced:
            return list(command)
        return confined_argv(command, folders, self.account, connected=connected)


def confined_argv(
    command: Sequence[str], folders: Mapping[Path, bool], account: Account | None, *, connected: bool
) -> list[str]:
    """bubblewrap around `command`. With an account (the daemon is root) rights are dropped inside, so that files keep
    their owners; without one a user namespace is made."""
    argv = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"]
    argv += [] if connected else ["--unshare-net"]
    argv += ["--cap-drop", "ALL"]
    if account is None:
        argv += ["--unshare-user"]
    else:
        argv += [word for name in ("SETUID", "SETGID", "SETPCAP") for word in ("--cap-add", f"CAP_{name}")]
    argv += view.system_binds()
    if connected:
        for name in ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"):
            argv += ["--ro-bind-try", os.path.realpath(name), name]
    argv += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]  # noqa: S108 - inside
    made: set[str] = set()
    for folder, writable in folders.items():
        argv += _above(folder, made)
        argv += ["--bind" if writable else "--ro-bind", str(folder), str(folder)]
    argv += ["--remount-ro", "/", "--chdir", "/", "--"]
    if account is not None:
        argv += ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups",
                 "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]  # fmt: skip
    return [*argv, *command]


def _above(folder: Path, made: set[str]) -> list[str]:
    """The folders above it, which only root could enter if bubblewrap made them by itself."""
    argv: list[str] = []
    for parent in reversed(PurePosixPath(folder).parents):
        if str(parent) not in made | {"/", "/usr", "/tmp"}:  # noqa: S108 - inside
            made.add(str(parent))
            argv += ["--dir", str(parent)]
    return argv
