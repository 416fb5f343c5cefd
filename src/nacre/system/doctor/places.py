"""Where on this machine a home will be, also before it exists."""

from pathlib import Path


def nearest_existing(path: Path) -> Path:
    """`path`, or the closest folder above it that exists."""
    while not path.exists():
        path = path.parent
    return path


def may_enter(folder: Path, uid: int, gid: int) -> bool:
    """Whether a user in no other group may pass through `folder`, by its mode alone (access lists are not read)."""
    status = folder.stat()
    if status.st_uid == uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)
