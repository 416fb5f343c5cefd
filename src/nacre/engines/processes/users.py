"""The unprivileged account that children run as when the daemon is root (Postgres refuses root)."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_NOLOGIN = next((path for path in ("/usr/sbin/nologin", "/sbin/nologin") if Path(path).exists()), "/bin/false")


@dataclass(frozen=True)
class Account:
    """A user of this machine. `note` says in words what a person should know about the choice, or is empty."""

    name: str
    uid: int
    gid: int
    note: str = ""


def service_account(name: str) -> Account | None:
    """The account for children: None when the daemon is not root and children run as itself.

    Creates the system user `name` where it is missing; where that is not possible answers `nobody`, and why in `note`.
    """
    if os.geteuid() != 0:
        return None
    account = find(name)
    if account is not None:
        return account
    refused = _create(name)
    account = find(name)
    if account is not None:
        return account
    return _nobody(f"Children run as “nobody”: the system user “{name}” could not be created ({refused}).")


def find(name: str) -> Account | None:
    """The account of that name, or None."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def useradd_argv(name: str) -> list[str]:
    """The command that creates a system user with a group of its own, no home and no way to sign in."""
    return ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
            "--shell", _NOLOGIN, name]  # fmt: skip


def _create(name: str) -> str:
    """Create the user; answer why it was refused, empty when it was not."""
    if shutil.which("useradd") is None:
        return "this machine has no useradd"
    done = subprocess.run(useradd_argv(name), capture_output=True, text=True, timeout=30, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or f"useradd ended with {done.returncode}"


def _nobody(note: str) -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, note)
