"""btrfs: every directory is a subvolume, a clone is an atomic snapshot; through ioctls, so no tool is needed."""

import errno
import fcntl
import os
import secrets
import struct
from pathlib import Path

from nacre.core.errors import Failed, NoSpace
from nacre.engines.storage.driver import Storage, remove_tree
from nacre.engines.storage.reflink import reflink_file
from nacre.engines.storage.tree import clone_tree

# linux/btrfs.h: struct btrfs_ioctl_vol_args { __s64 fd; char name[4088]; }
_SNAPSHOT_CREATE = 0x50009401
_SUBVOLUME_CREATE = 0x5000940E
_SUBVOLUME_DESTROY = 0x5000940F
_SUBVOLUME_ROOT_INODE = 256
_SYNC = 0x9408


class Btrfs(Storage):
    name = "btrfs"
    copy_on_write = True
    atomic = True

    def remove(self, path: Path) -> None:
        """Remove a subvolume or a plain directory, subvolumes nested inside included."""
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
            return
        for nested in _subvolumes_below(path):
            _destroy(nested)
        if is_subvolume(path):
            _destroy(path)
        else:
            remove_tree(path)

    def probe(self, directory: Path) -> bool:
        first = directory / f".probe-{secrets.token_hex(4)}"
        second = first.with_name(first.name + "-clone")
        try:
            self._make_root(first)
            _ioctl(second, _SNAPSHOT_CREATE, first)
        except (OSError, Failed, NoSpace):
            return False
        finally:
            for path in (first, second):
                if path.is_dir():
                    _destroy(path)
        return True

    def _make_root(self, path: Path) -> None:
        _ioctl(path, _SUBVOLUME_CREATE)

    def _commit(self, directory: Path) -> None:
        """Commit, and wake those who empty dropped subvolumes; their blocks are free after the next commit."""
        folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, _SYNC)
        finally:
            os.close(folder)

    def _clone(self, source: Path, target: Path, leave_empty: frozenset[str]) -> int:
        if not is_subvolume(source):
            self._make_root(target)
            return clone_tree(source, target, reflink_file, leave_empty)
        _ioctl(target, _SNAPSHOT_CREATE, source)
        for name in leave_empty:
            if (target / name).is_dir():
                for path in (target / name).iterdir():
                    self.remove(path)
        return 0


def is_subvolume(path: Path) -> bool:
    """Whether `path` is the root of a btrfs subvolume (its inode number is always 256: btrfs(5))."""
    return path.is_dir() and path.stat().st_ino == _SUBVOLUME_ROOT_INODE


def _subvolumes_below(path: Path) -> list[Path]:
    """Nested subvolumes, deepest first."""
    found: list[Path] = []
    for folder, names, _ in os.walk(path, topdown=False):
        found += [Path(folder) / name for name in names if _is_nested(Path(folder) / name)]
    return found


def _is_nested(path: Path) -> bool:
    return not path.is_symlink() and is_subvolume(path)


def _destroy(path: Path) -> None:
    """Drop a subvolume at once; where an ordinary user may not (no user_subvol_rm_allowed), empty and rmdir it."""
    try:
        _ioctl(path, _SUBVOLUME_DESTROY)
    except FileNotFoundError:
        return
    except Failed as error:
        if not isinstance(error.__cause__, PermissionError):
            raise
        remove_tree(path)


def _ioctl(path: Path, request: int, source: Path | None = None) -> None:
    """Run a subvolume ioctl in the parent of `path`, naming its last part."""
    parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    origin = os.open(source, os.O_RDONLY | os.O_DIRECTORY) if source else -1
    try:
        # A bytearray, because fcntl takes no more than 1,024 immutable bytes.
        fcntl.ioctl(parent, request, bytearray(struct.pack("q4088s", max(origin, 0), os.fsencode(path.name))))
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace("disk-full", f"The disk is full: {path} could not be made.") from error
        raise Failed("btrfs-refused", f"btrfs refused to work on {path}: {error.strerror}.") from error
    finally:
        os.close(parent)
        if origin >= 0:
            os.close(origin)
