"""Reading one path as it is now, into the blob store, without following symlinks and without believing a torn read."""

import errno
import os
import stat

from nacre.engines.files.beneath import NOT_THERE, Beneath
from nacre.engines.files.blobs import Session
from nacre.engines.files.content import CHUNK_BYTES, Chunk, Layout, encode_manifest, spans
from nacre.engines.files.entry import Entry, Flaw, Kind, gone

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ATTEMPTS = 3


class Torn(Exception):
    """The file was written during each attempt to read it."""


class Unreadable(Exception):
    """The file is there but cannot be read; the text says why."""


def capture(
    beneath: Beneath,
    path: bytes,
    session: Session,
    *,
    trusted: Entry | None = None,
    accept_torn: bool = False,
    flush: bool = False,
) -> tuple[Entry, str]:
    """The present state of `path` as an entry (seq and time_ns still 0), and why it is flawed ("" when it is not).

    Sockets, pipes and devices count as absent. A file that still is the one `trusted` describes is not read.
    `accept_torn` takes what could be read of a file that is written
    without pause, and marks it; `flush` first writes dirty mapped pages back, so that a later write through the same
    mapping moves the mtime again. Raises Torn, OSError from the store (full disk).
    """
    try:
        dir_fd, name = beneath.locate(path)
        found = os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            if _may_look_into(name, dir_fd):
                return _entry(path, "dir", found, 0, Layout.EMPTY, None), ""
            return _entry(path, "dir", found, 0, Layout.EMPTY, None, Flaw.UNREADABLE), "Permission denied"
        if stat.S_ISLNK(found.st_mode):
            target = os.readlink(name, dir_fd=dir_fd)
            return _entry(path, "symlink", found, len(target), Layout.EMPTY, target), ""
        if not stat.S_ISREG(found.st_mode):
            return gone(path, 0), ""
        if trusted is not None and _written_by_us(found, trusted):
            return _entry(path, "file", found, found.st_size, Layout(trusted.layout), trusted.content), ""
        try:
            return _file(path, name, dir_fd, session, accept_torn, flush), ""
        except Unreadable as error:
            return _entry(path, "file", found, found.st_size, Layout.EMPTY, None, Flaw.UNREADABLE), str(error)
    except NOT_THERE:
        return gone(path, 0), ""


def _may_look_into(name: bytes, dir_fd: int) -> bool:
    return os.geteuid() == 0 or os.access(name, os.R_OK | os.X_OK, dir_fd=dir_fd, effective_ids=True)


def _file(path: bytes, name: bytes, dir_fd: int, session: Session, accept_torn: bool, flush: bool) -> Entry:
    fd = _open(name, dir_fd)
    try:
        if flush:
            os.fdatasync(fd)
        for attempt in range(_ATTEMPTS):
            before = os.fstat(fd)
            if not stat.S_ISREG(before.st_mode):
                raise FileNotFoundError(name)  # swapped between the two calls: an event for it is on its way
            layout, content, whole = _store(fd, before, session)
            after = os.fstat(fd)
            if whole and _moment(before) == _moment(after):
                return _entry(path, "file", before, before.st_size, layout, content)
            if accept_torn and attempt == _ATTEMPTS - 1:
                return _entry(path, "file", before, before.st_size, layout, content, Flaw.TORN)
        raise Torn(path)
    finally:
        os.close(fd)


def _open(name: bytes, dir_fd: int) -> int:
    try:
        return os.open(name, _READ | os.O_NOATIME, dir_fd=dir_fd)
    except PermissionError:
        pass
    except NOT_THERE:
        raise
    except OSError as error:
        raise _not_a_file_or_unreadable(name, error) from error
    try:
        return os.open(name, _READ, dir_fd=dir_fd)  # not ours: the kernel allows O_NOATIME to the owner only
    except NOT_THERE:
        raise
    except OSError as error:
        raise _not_a_file_or_unreadable(name, error) from error


def _not_a_file_or_unreadable(name: bytes, error: OSError) -> Exception:
    if error.errno in (errno.ELOOP, errno.ENXIO):  # became a symlink or a socket since the stat
        return FileNotFoundError(name)
    return Unreadable(error.strerror or str(error))


def _store(fd: int, status: os.stat_result, session: Session) -> tuple[Layout, bytes | None, bool]:
    """(layout, address, whether every byte was there)."""
    if status.st_size == 0:
        return Layout.EMPTY, None, True
    if status.st_size <= CHUNK_BYTES:
        data = _read(fd, 0, status.st_size)
        return Layout.BLOB, session.put(data.ljust(status.st_size, b"\0")), len(data) == status.st_size
    whole = True
    chunks = []
    for offset, length in spans(fd, status.st_size, status.st_blocks * 512):
        data = _read(fd, offset, length)
        whole = whole and len(data) == length
        if data:
            chunks.append(Chunk(offset, len(data), session.put(data)))
    return Layout.MANIFEST, session.put(encode_manifest(chunks)), whole


def _read(fd: int, offset: int, length: int) -> bytes:
    try:
        data = os.pread(fd, length, offset)
        while 0 < len(data) < length:
            more = os.pread(fd, length - len(data), offset + len(data))
            if not more:
                break
            data += more
        return data
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from error


def _written_by_us(status: os.stat_result, trusted: Entry) -> bool:
    return (status.st_ino, status.st_size, status.st_mtime_ns) == (trusted.ino, trusted.size, trusted.mtime_ns)


def _moment(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _entry(
    path: bytes,
    kind: Kind,
    status: os.stat_result,
    size: int,
    layout: Layout,
    content: bytes | None,
    flaw: Flaw = Flaw.NONE,
) -> Entry:
    return Entry(
        path=path,
        seq=0,
        time_ns=0,
        kind=kind,
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        size=size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        ino=status.st_ino,
        layout=layout,
        content=content,
        flaw=flaw,
    )
