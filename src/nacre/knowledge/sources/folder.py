"""A folder of this machine: its files and those of the folders in it, and never what a link in it leads to."""

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from nacre.core.errors import InvalidInput, NotAllowed, TooLarge, Unavailable
from nacre.core.principals import Kind, Principal, Role
from nacre.engines.files.beneath import NOT_THERE, Beneath
from nacre.engines.files.paths import shown_path
from nacre.knowledge.sources.item import MOST_BYTES, Document, Item, Items, Memory, Settings
from nacre.knowledge.sources.matching import Matching, check_patterns, is_binary, is_left_out

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOR_ALL = stat.S_IROTH | stat.S_IXOTH


class Folder(Settings):
    """`path` is a whole one, without links in it."""

    path: Path
    match: tuple[str, ...] = ()


class Folders:
    """`home` is Nacre's own folder, of which nothing is read.

    The owner is whoever this daemon belongs to, and has it read what it can. Admins may be anywhere in the world, and
    have it read what every account of this machine may.
    """

    settings = Folder
    every_s = 600.0

    def __init__(self, home: Path) -> None:
        self._home = home.resolve()

    def settled(self, settings: Folder) -> Folder:
        path = settings.path
        if "\0" in str(path):
            raise InvalidInput("bad-folder", "The path holds a zero byte, which no folder's name has.")
        if not path.is_absolute():
            raise InvalidInput("bad-folder", f"“{path}” is no whole path.", hint="Write it from the root: /srv/docs.")
        return settings.model_copy(update={"path": path.resolve()})

    def check(self, who: Principal, settings: Folder) -> None:
        self.allow(who, settings)
        check_patterns(settings.match)
        path = settings.path
        if path.is_relative_to(self._home):
            raise NotAllowed(
                "not-allowed", f"“{path}” is Nacre's own.", hint="Files of branches have `source project`."
            )
        with Beneath(Path("/")) as beneath:
            _reached(beneath, who, path)

    def allow(self, who: Principal, settings: Folder) -> None:
        if who.role < Role.ADMIN or who.projects is not None:
            raise NotAllowed("not-allowed", f"{who} may not read folders of this machine.", hint="Ask an admin.")

    def position(self, settings: Folder) -> JsonValue:
        return None

    def items(self, who: Principal, settings: Folder, memory: Memory) -> Items:
        with Beneath(Path("/")) as beneath:
            root = _reached(beneath, who, settings.path)
            walk = _Walk(beneath, root, os.fsencode(self._home), Matching(settings.match), for_all=not _owns(who))
            yield from walk.files()
        if walk.unread:
            raise _unreadable(walk.unread[0])


def _reached(beneath: Beneath, who: Principal, path: Path) -> bytes:
    """The folder as it is called from the root on. A link on the way is followed no more than one within."""
    raw = os.fsencode(path).strip(b"/")
    try:
        for at in range(1, raw.count(b"/") + 2):
            folder = b"/".join(raw.split(b"/")[:at])
            if os.fstat(beneath.directory(folder)).st_mode & _FOR_ALL != _FOR_ALL and not _owns(who):
                raise NotAllowed(
                    "not-allowed",
                    f"“/{shown_path(folder)}” is not readable by every account of this machine.",
                    hint="The owner can add it, with `nacre` on the machine itself.",
                )
    except NOT_THERE as error:
        raise Unavailable(
            "folder-not-found",
            f"There is no folder “{path}” on this machine, or a link leads there.",
            hint="Is it spelt right, and is its disk mounted?",
        ) from error
    except OSError as error:
        raise _unreadable(raw) from error
    return raw


class _Walk:
    """`root` and `home` are called from the root of the machine on. `for_all`: only what every account may read is
    there. `unread` are folders that could not be looked into."""

    def __init__(self, beneath: Beneath, root: bytes, home: bytes, matching: Matching, *, for_all: bool) -> None:
        self.unread: list[bytes] = []
        self._beneath = beneath
        self._root = root
        self._home = home.strip(b"/")
        self._matching = matching
        self._for_all = for_all

    def files(self) -> Iterator[Item]:
        waiting = [self._root]
        while waiting:
            folder = waiting.pop()
            try:
                entries = self._listed(folder)
            except OSError:
                self.unread.append(folder)
                continue
            for path, status in entries:
                name = shown_path(path[len(self._root) :].lstrip(b"/"))
                if stat.S_ISDIR(status.st_mode) and path != self._home:
                    waiting.append(path)
                elif stat.S_ISREG(status.st_mode) and self._matching.takes(name):
                    fingerprint = f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"
                    yield Item(name, fingerprint, partial(self._document, path))

    def _listed(self, folder: bytes) -> list[tuple[bytes, os.stat_result]]:
        base = folder + b"/" if folder else b""
        with os.scandir(self._beneath.directory(folder)) as listing:
            found = [
                (base + os.fsencode(one.name), one.stat(follow_symlinks=False))
                for one in listing
                if not is_left_out(one.name)
            ]
        return sorted(one for one in found if self._is_there(one[1]))

    def _is_there(self, status: os.stat_result) -> bool:
        needed = _FOR_ALL if stat.S_ISDIR(status.st_mode) else stat.S_IROTH
        return not self._for_all or status.st_mode & needed == needed

    def _document(self, path: bytes) -> Document | None:
        try:
            parent, name = self._beneath.locate(path)
            with os.fdopen(os.open(name, _FILE, dir_fd=parent), "rb") as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode) or not self._is_there(status):
                    return None
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise _unreadable(path) from error
        if len(data) > MOST_BYTES:
            raise TooLarge("document-too-large", f"“/{shown_path(path)}” has more than {MOST_BYTES >> 20} MB.")
        return None if is_binary(data) else Document(data, {"path": "/" + shown_path(path)})


def _owns(who: Principal) -> bool:
    """Who may use the socket of the daemon: not whoever bears the owner's token."""
    return who.kind is Kind.OWNER


def _unreadable(path: bytes) -> Unavailable:
    return Unavailable("folder-unreadable", f"“/{shown_path(path)}” cannot be read.", hint="May the daemon read it?")
