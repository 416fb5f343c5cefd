"""Copies files, symlinks and folders between open folders, following no symlink; blocks are shared where possible."""

import errno
import fcntl
import os
import stat

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FICLONE = 0x40049409
_PIECE_BYTES = 1 << 24


def copy(dir_fd: int, name: bytes, to_fd: int, to_name: bytes) -> None:
    """Copy `name` with all below it, modes, owners and times of files included; sockets and devices are left out."""
    status = os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        os.symlink(os.readlink(name, dir_fd=dir_fd), to_name, dir_fd=to_fd)
        if os.geteuid() == 0:
            os.chown(to_name, status.st_uid, status.st_gid, dir_fd=to_fd, follow_symlinks=False)
    elif stat.S_ISREG(status.st_mode):
        _copy_file(dir_fd, name, to_fd, to_name)
    elif stat.S_ISDIR(status.st_mode):
        _copy_folder(dir_fd, name, to_fd, to_name)


def give(fd: int, owner: os.stat_result) -> None:
    """Change the owner to that of `owner`; who is not root keeps what is theirs."""
    if os.geteuid() == 0:
        os.fchown(fd, owner.st_uid, owner.st_gid)


def _copy_file(dir_fd: int, name: bytes, to_fd: int, to_name: bytes) -> None:
    source = os.open(name, _READ, dir_fd=dir_fd)
    try:
        status = os.fstat(source)
        if not stat.S_ISREG(status.st_mode):
            return  # swapped between the two calls
        target = os.open(to_name, _NEW, 0o600, dir_fd=to_fd)
        try:
            _copy_content(source, target)
            give(target, status)
            os.fchmod(target, stat.S_IMODE(status.st_mode))
            os.utime(target, ns=(status.st_mtime_ns, status.st_mtime_ns))
        finally:
            os.close(target)
    finally:
        os.close(source)


def _copy_content(source: int, target: int) -> None:
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY):
            raise
        while os.copy_file_range(source, target, _PIECE_BYTES):
            pass


def _copy_folder(dir_fd: int, name: bytes, to_fd: int, to_name: bytes) -> None:
    source = os.open(name, _FOLDER, dir_fd=dir_fd)
    try:
        os.mkdir(to_name, 0o700, dir_fd=to_fd)
        target = os.open(to_name, _FOLDER, dir_fd=to_fd)
        try:
            with os.scandir(source) as listing:
                names = [os.fsencode(item.name) for item in listing]
            for each in names:
                copy(source, each, target, each)
            status = os.fstat(source)
            give(target, status)
            os.fchmod(target, stat.S_IMODE(status.st_mode))
        finally:
            os.close(target)
    finally:
        os.close(source)
