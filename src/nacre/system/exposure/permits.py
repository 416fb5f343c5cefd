"""Who may connect to a unix socket, as the permissions of its file and of the folders above it have it."""

import os
import stat
from pathlib import Path

from nacre.system.exposure.listening import Reach


def reach_of(path: Path, home: Path, account_gid: int | None) -> Reach:
    """`account_gid` is the group that the gateway runs as, None when it runs as the daemon does.

    To connect takes the right to write to the socket and to pass through each folder above it. The folders above the
    home are not looked at: they may be opened at any time by whoever owns the machine.
    """
    try:
        socket = path.stat()
        folders = [folder.stat() for folder in path.parents if folder.is_relative_to(home)]
    except OSError:
        return "daemon"  # there is no file to connect by
    if _all_may(socket, folders, stat.S_IWOTH, stat.S_IXOTH):
        return "machine"
    gid = os.getegid() if account_gid is None else account_gid
    if account_gid is not None and _account_may(socket, folders, gid):
        return "gateway"
    return "daemon"


def _all_may(socket: os.stat_result, folders: list[os.stat_result], write: int, enter: int) -> bool:
    return bool(socket.st_mode & write) and all(folder.st_mode & enter for folder in folders)


def _account_may(socket: os.stat_result, folders: list[os.stat_result], gid: int) -> bool:
    """Whether the gateway's account may: by its group, or because it is let through as everybody is."""
    return _may(socket, gid, stat.S_IWUSR, stat.S_IWGRP, stat.S_IWOTH) and all(
        _may(folder, gid, stat.S_IXUSR, stat.S_IXGRP, stat.S_IXOTH) for folder in folders
    )


def _may(status: os.stat_result, gid: int, owner: int, group: int, other: int) -> bool:
    """The account has a user and a group of the same name; what belongs to root belongs to neither."""
    if status.st_uid != 0 and status.st_mode & owner:
        return True
    return bool(status.st_mode & (group if status.st_gid == gid else other))
