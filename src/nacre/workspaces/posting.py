"""Puts Nacre's own texts into a folder that untrusted code writes in, and leaves alone what a person wrote."""

import os
import secrets
import stat
from pathlib import Path

from nacre.engines.processes.users import Account
from nacre.workspaces.instructions import is_ours

_LARGEST_BYTES = 1 << 16
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def post(folder: Path, name: str, text: str, owner: Account | None) -> bool:
    """Make `folder`/`name` hold `text` unless it is a person's; whether it is Nacre's now.

    A change appears whole: it is written beside `folder`, on the same file system, and renamed into place.
    """
    directory = os.open(folder, _DIRECTORY)
    try:
        match _present(name, directory):
            case None:
                pass
            case str(present) if is_ours(present):
                if present == text:
                    return True
            case _:
                return False
        _replace(folder, name, text, owner, directory)
    finally:
        os.close(directory)
    return True


def _present(name: str, directory: int) -> str | bool | None:
    """The text that is there; None when nothing is, False when it is something else than a short text."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory)
    except FileNotFoundError:
        return None
    except OSError:
        return False  # a symlink, a socket, or nothing we may read: a person's, whatever it is
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        raw = os.read(descriptor, _LARGEST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(raw) > _LARGEST_BYTES:
        return False
    return raw.decode(errors="replace")


def _replace(folder: Path, name: str, text: str, owner: Account | None, directory: int) -> None:
    unfinished = folder.with_name(f".{name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            os.fchmod(descriptor, 0o644)
            if owner is not None:
                os.fchown(descriptor, owner.uid, owner.gid)
        os.rename(unfinished, name, dst_dir_fd=directory)
    finally:
        unfinished.unlink(missing_ok=True)
