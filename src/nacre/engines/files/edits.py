"""Single changes of a tree by the daemon itself: each is made beneath the root, and is whole or not there at all.

The tree belongs to untrusted code. Every step is an openat that follows no symlink; new content is written into a
private folder beside the tree, on the same file system, and renamed into place.
"""

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nacre.core.errors import Conflict, Failed, InvalidInput, NoSpace, NotFound
from nacre.engines.files.beneath import NOT_THERE, Beneath
from nacre.engines.files.copying import copy, give
from nacre.engines.files.paths import shown_path

NEW_FILE_MODE = 0o644
NEW_FOLDER_MODE = 0o755
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def in_words() -> Iterator[None]:
    """What the kernel refuses inside the block, as an error for people."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full() from error
        if isinstance(error, PermissionError):
            raise Conflict(
                "file-not-permitted",
                f"The file system permits it not to the daemon: {error.strerror}.",
                hint="The daemon's user needs the right to read and write the branch's files.",
            ) from error
        raise Failed("file-system-refused", f"The file system refused: {error.strerror or error}.") from error


class Edits:
    """Use one for a batch of work, then close it. Paths are bytes relative to the root.

    Whatever is made belongs to whom the root belongs to. Raises OSError where the kernel refuses.
    """

    def __init__(self, root: Path) -> None:
        self._beneath = Beneath(root)
        self._owner = root.stat()
        self._folder = staging_of(root)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._staging = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def __enter__(self) -> "Edits":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._staging)
        self._beneath.__exit__()

    def status(self, path: bytes) -> os.stat_result | None:
        """What is there now, symlinks not followed; None for nothing."""
        if not path:
            return self._owner
        try:
            dir_fd, name = self._beneath.locate(path)
            return os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
        except NOT_THERE:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                return None  # a folder on the way is a symlink
            raise

    def open(self, path: bytes) -> int:
        """A descriptor to read the file; the caller closes it. Raises NotFound, InvalidInput "not-a-file"."""
        try:
            dir_fd, name = self._beneath.locate(path)
            fd = os.open(name, _READ, dir_fd=dir_fd)
        except OSError as error:
            if isinstance(error, NOT_THERE):
                raise _absent(path) from None
            if error.errno in (errno.ELOOP, errno.ENXIO):
                raise _no_file(path) from None
            raise
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise _no_file(path)
        return fd

    def target(self, path: bytes) -> bytes:
        """Where a symlink points; empty once it is none any more."""
        try:
            dir_fd, name = self._beneath.locate(path)
            return os.readlink(name, dir_fd=dir_fd)
        except OSError:
            return b""

    def names(self, folder: bytes) -> list[os.DirEntry[str]]:
        """What lies in a folder. Raises NotFound "file-not-found"."""
        try:
            with os.scandir(self._beneath.directory(folder)) as found:
                return list(found)
        except OSError as error:
            if isinstance(error, NOT_THERE) or error.errno == errno.ELOOP:
                raise _absent(folder) from None
            raise

    def write(
        self, path: bytes, chunks: Iterable[bytes], *, replace: bool, mode: int | None = None, durable: bool = True
    ) -> None:
        """Make `path` a file of this content, on disk when it returns; one that is replaced keeps owner and mode.

        Raises Conflict "file-exists" where something is there and `replace` is not set; then nothing was changed.
        """
        with self._staged(chunks) as name:
            self.place(name, self._staging, path, replace=replace, mode=mode, durable=durable)

    def place(
        self, name: bytes, dir_fd: int, path: bytes, *, replace: bool, mode: int | None = None, durable: bool = True
    ) -> None:
        """Move the file `name` of the folder `dir_fd`, on the same file system, to `path`; as `write` otherwise."""
        before = self.status(path)
        if before is not None and not replace:
            raise _exists(path)
        if before is not None and not stat.S_ISREG(before.st_mode):
            raise _no_file(path)
        file = os.open(name, _READ, dir_fd=dir_fd)
        try:
            give(file, before or self._owner)
            os.fchmod(file, stat.S_IMODE(before.st_mode) if before else mode or NEW_FILE_MODE)
            if durable:
                os.fdatasync(file)
        finally:
            os.close(file)
        to_fd, to_name = self._parent(path)
        if replace:
            os.rename(name, to_name, src_dir_fd=dir_fd, dst_dir_fd=to_fd)
            return
        try:
            os.link(name, to_name, src_dir_fd=dir_fd, dst_dir_fd=to_fd, follow_symlinks=False)
        except FileExistsError:
            raise _exists(path) from None
        os.unlink(name, dir_fd=dir_fd)

    def make_folder(self, path: bytes) -> bool:
        """Make the folder and those above it; says whether it was not there. Raises Conflict "not-a-folder"."""
        if not path:
            return False
        try:
            self._beneath.directory(path)
            return False
        except FileNotFoundError:
            pass
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                raise _no_folder(path) from None
            raise
        above, _, name = path.rpartition(b"/")
        self.make_folder(above)
        dir_fd = self._beneath.directory(above)
        try:
            os.mkdir(name, NEW_FOLDER_MODE, dir_fd=dir_fd)
        except FileExistsError:
            raise _no_folder(path) from None
        fd = self._beneath.directory(path)
        give(fd, self._owner)
        os.fchmod(fd, NEW_FOLDER_MODE)
        return True

    def link(self, path: bytes, target: bytes) -> None:
        """Make a symlink. Raises Conflict "file-exists"."""
        dir_fd, name = self._parent(path)
        try:
            os.symlink(target, name, dir_fd=dir_fd)
        except FileExistsError:
            raise _exists(path) from None
        if os.geteuid() == 0:
            os.chown(name, self._owner.st_uid, self._owner.st_gid, dir_fd=dir_fd, follow_symlinks=False)

    @contextmanager
    def gathering(self, path: bytes) -> Iterator["Edits"]:
        """A folder to be filled apart, and moved to `path` at the end of the block; nothing is left where that raises.

        What is at `path` by then gives way.
        """
        name = secrets.token_hex(12)
        folder = self._folder / name
        folder.mkdir(mode=0o700)
        try:
            if os.geteuid() == 0:
                os.chown(folder, self._owner.st_uid, self._owner.st_gid)
            folder.chmod(NEW_FOLDER_MODE)
            with Edits(folder) as apart:
                yield apart
            self.remove(path)
            to_fd, to_name = self._parent(path)
            os.rename(name.encode(), to_name, src_dir_fd=self._staging, dst_dir_fd=to_fd)
        finally:
            for left in (folder, staging_of(folder)):
                shutil.rmtree(left, ignore_errors=True)

    def move(self, source: bytes, target: bytes) -> None:
        """Rename; where something is at `target`, it is removed first. Raises NotFound."""
        dir_fd, name = self._located(source)
        self.remove(target)
        to_fd, to_name = self._parent(target)
        os.rename(name, to_name, src_dir_fd=dir_fd, dst_dir_fd=to_fd)
        self._beneath.forget()

    def copy(self, source: bytes, target: bytes) -> None:
        """Copy a file, a symlink, or a folder with all below it; what is at `target` gives way at the end."""
        dir_fd, name = self._located(source)
        copied = secrets.token_hex(12).encode()
        try:
            copy(dir_fd, name, self._staging, copied)
            self.remove(target)
            to_fd, to_name = self._parent(target)
            os.rename(copied, to_name, src_dir_fd=self._staging, dst_dir_fd=to_fd)
        finally:
            _remove(copied, self._staging)

    def remove(self, path: bytes) -> bool:
        """Remove a file, or a folder with all below it: at once gone from its place, then deleted."""
        if self.status(path) is None:
            return False
        dir_fd, name = self._beneath.locate(path)
        gone = secrets.token_hex(12).encode()
        os.rename(name, gone, src_dir_fd=dir_fd, dst_dir_fd=self._staging)
        self._beneath.forget()
        _remove(gone, self._staging)
        return True

    def require_space(self, needed_bytes: int) -> None:
        """Raises NoSpace "disk-full"."""
        require_free(self._folder, needed_bytes)

    def _parent(self, path: bytes) -> tuple[int, bytes]:
        self.make_folder(path.rpartition(b"/")[0])
        return self._beneath.locate(path)

    def _located(self, path: bytes) -> tuple[int, bytes]:
        if self.status(path) is None or not path:
            raise _absent(path)
        return self._beneath.locate(path)

    @contextmanager
    def _staged(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        name = secrets.token_hex(12).encode()
        fd = os.open(name, _NEW, 0o600, dir_fd=self._staging)
        try:
            with os.fdopen(fd, "wb", buffering=0) as file:
                for chunk in chunks:
                    write_all(file.fileno(), chunk)
            yield name
        finally:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=self._staging)


def staging_of(root: Path) -> Path:
    """Where content waits before it is renamed into the tree `root`."""
    return root.parent / f".{root.name}.edits"


def require_free(folder: Path, needed_bytes: int, spare_bytes: int = 64 << 20) -> None:
    """Raises NoSpace "disk-full" when `needed_bytes` do not fit on the disk of `folder`."""
    status = os.statvfs(folder)
    free_bytes = status.f_frsize * (status.f_bfree if os.geteuid() == 0 else status.f_bavail)
    if needed_bytes + spare_bytes > free_bytes:
        raise NoSpace(
            "disk-full",
            f"This needs {needed_bytes:,} bytes and {free_bytes:,} are free; nothing was changed.",
            hint="Free some space and try again.",
        )


def _remove(name: bytes, dir_fd: int) -> None:
    try:
        status = os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_ISDIR(status.st_mode):
        shutil.rmtree(name, dir_fd=dir_fd)
    else:
        os.unlink(name, dir_fd=dir_fd)


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data` where the descriptor stands."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _absent(path: bytes) -> NotFound:
    return NotFound(
        "file-not-found", f"There is no “{shown_path(path)}”.", hint="`nacre files ls` shows what there is."
    )


def _no_file(path: bytes) -> InvalidInput:
    return InvalidInput(
        "not-a-file",
        f"“{shown_path(path)}” is no ordinary file.",
        hint="Name the file itself, not a folder or a symlink.",
    )


def _no_folder(path: bytes) -> Conflict:
    return Conflict(
        "not-a-folder",
        f"“{shown_path(path)}” is there, but is no folder.",
        hint="Choose another place, or move it away.",
    )


def _exists(path: bytes) -> Conflict:
    return Conflict(
        "file-exists",
        f"“{shown_path(path)}” is already there.",
        hint="Choose another name, or say that it is to be replaced or that both are to be kept (`collision`).",
    )


def _full() -> NoSpace:
    return NoSpace("disk-full", "The disk is full; nothing was changed.", hint="Free some space and try again.")
