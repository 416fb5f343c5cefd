"""Unpacks the tar of one layer into a folder of its own, from a source that may mean harm.

Nothing is ever written outside the folder: each step of a path is opened beneath it, and links are not followed.
"""

import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from nacre.core.errors import InvalidInput, TooLarge
from nacre.engines.files.tarmembers import TarMember
from nacre.engines.oci.entries import WHITEOUT

_OPAQUE = ".wh..wh..opq"
_MOST_ENTRIES = 1_000_000
_READ_BYTES = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Source(Protocol):
    """Whatever can be read from start to end."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass
class Changes:
    """What a layer does to those below it, beside adding: `removed` paths, `emptied` folders, `linked` path → path.

    `linked` holds hard links to what only a lower layer has; `entries` is how many the layer has in all.
    """

    removed: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    linked: dict[str, str] = field(default_factory=dict)
    entries: int = 0


def unpack_tar(stream: Source, folder: Path, limit_bytes: int) -> Changes:
    """Unpack into `folder`, which must be empty. Everything belongs to this process's user afterwards.

    Anyone may read what was unpacked, only its owner write: images hold no secrets, and their apps run as somebody
    else. Raises InvalidInput "unsafe-layer" and "bad-layer", TooLarge, OSError.
    """
    changes = Changes()
    left = limit_bytes
    with _Beneath(folder) as beneath, _readable(), _opened(stream) as tar:
        for number, member in enumerate(tar):
            left -= member.size if member.isreg() else 0
            if left < 0 or number >= _MOST_ENTRIES:
                raise TooLarge("layer-too-large", f"Unpacked, a layer has more than {limit_bytes:,} bytes.")
            _unpack_one(tar, member, beneath, changes)
            changes.entries += 1
    return changes


def _opened(stream: Source) -> tarfile.TarFile:
    return tarfile.open(fileobj=stream, mode="r|", bufsize=_READ_BYTES, tarinfo=TarMember)  # type: ignore[call-overload,no-any-return]


def _unpack_one(tar: tarfile.TarFile, member: tarfile.TarInfo, beneath: "_Beneath", changes: Changes) -> None:
    path = _plain(member.name)
    if not path:
        return  # the root itself
    above, _, name = path.rpartition("/")
    if name == _OPAQUE:
        changes.emptied.append(above)
    elif name.startswith(WHITEOUT):
        removed = name.removeprefix(WHITEOUT)
        if removed in ("", ".", "..") or removed.startswith(WHITEOUT):
            return
        changes.removed.append(f"{above}/{removed}" if above else removed)
    elif member.isdir():
        beneath.make_folder(path)
    elif member.isreg():
        source = tar.extractfile(member)
        assert source is not None
        beneath.write(path, source, 0o755 if member.mode & 0o111 else 0o644)
    elif member.issym():
        beneath.link(path, member.linkname)
    elif member.islnk():
        target = _plain(member.linkname)
        if not beneath.same(path, target):
            changes.linked[path] = target
    else:
        raise InvalidInput(
            "unsafe-layer",
            f"The layer holds a device or pipe, “{path}”, which no app may bring along.",
            hint="Build the image without it.",
        )


def _plain(name: str) -> str:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name:
        raise InvalidInput("unsafe-layer", f"The layer holds the path “{name[:200]}”, which leads out of it.")
    return "/".join(parts)


class _Beneath:
    """Makes things in one folder; the folder used last is kept open, since tars go folder by folder."""

    def __init__(self, root: Path) -> None:
        self._root = os.open(root, _FOLDER)
        self._path, self._open = "", self._root

    def __enter__(self) -> "_Beneath":
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()
        os.close(self._root)

    def make_folder(self, path: str) -> None:
        self._enter(path)

    def write(self, path: str, source: IO[bytes], mode: int) -> None:
        parent, name = self._free_place(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, mode, dir_fd=parent)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            while chunk := source.read(_READ_BYTES):
                view = memoryview(chunk)
                while view:
                    view = view[file.write(view) :]
            os.fchmod(file.fileno(), mode)

    def link(self, path: str, target: str) -> None:
        parent, name = self._free_place(path)
        os.symlink(target, name, dir_fd=parent)

    def same(self, path: str, target: str) -> bool:
        """A hard link to a file of this layer; False when this layer has none of that name."""
        above, _, name = target.rpartition("/")
        try:
            source = self._walk(above, make=False)
        except FileNotFoundError:
            return False
        try:
            parent, own = self._free_place(path)
            os.link(name, own, src_dir_fd=source, dst_dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            return False
        finally:
            os.close(source)
        return True

    def _free_place(self, path: str) -> tuple[int, str]:
        """(descriptor of the parent, name); what had that name goes, as the later entry counts."""
        above, _, name = path.rpartition("/")
        parent = self._enter(above)
        try:
            os.unlink(name, dir_fd=parent)
        except FileNotFoundError:
            pass
        except (IsADirectoryError, PermissionError):
            os.rmdir(name, dir_fd=parent)
        return parent, name

    def _enter(self, path: str) -> int:
        if path != self._path:
            opened = self._walk(path, make=True)
            self._leave()
            self._path, self._open = path, opened
        return self._open

    def _walk(self, path: str, make: bool) -> int:
        """A new descriptor of the folder `path`. A step that is a file or a link is refused."""
        current = os.dup(self._root)
        for part in path.split("/") if path else ():
            try:
                following = self._step(part, current, make)
            finally:
                os.close(current)
            current = following
        return current

    def _step(self, part: str, parent: int, make: bool) -> int:
        if make:
            try:
                os.mkdir(part, 0o755, dir_fd=parent)
            except FileExistsError:
                pass
        try:
            opened = os.open(part, _FOLDER, dir_fd=parent)
        except NotADirectoryError:
            raise InvalidInput(
                "unsafe-layer",
                f"The layer holds paths beneath “{part}”, which is no folder in it but a file or a link.",
                hint="Build the image anew, with another tool if need be.",
            ) from None
        if make:
            os.fchmod(opened, 0o755)
        return opened

    def _leave(self) -> None:
        if self._open != self._root:
            os.close(self._open)
        self._path, self._open = "", self._root


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise InvalidInput(
            "bad-layer", f"A layer is no tar archive, or a damaged one: {error}.", hint="Push the image again."
        ) from error
