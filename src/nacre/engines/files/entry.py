"""What the journal says about one path at one moment, and how two such states compare."""

import os
import stat
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, NamedTuple

Kind = Literal["file", "dir", "symlink", "gone"]

TYPE_BITS: dict[str, int] = {"file": stat.S_IFREG, "dir": stat.S_IFDIR, "symlink": stat.S_IFLNK}


# Recorded as ctime_ns when a file was read so soon after its last change that a further change might bear the same
# stamp: the next rescan reads it again.
UNSETTLED = 0


class Flaw(IntEnum):
    """What is known to be wrong with a recorded file."""

    NONE = 0
    TORN = 1  # it was written without pause while it was read: its parts may be of different moments
    UNREADABLE = 2  # what it held could not be read at all; only its name and attributes are kept


class Entry(NamedTuple):
    """One path from `seq` on, until the path's next entry.

    path: bytes relative to the tree's root, no leading slash; time_ns: since 1970, UTC; mode: permission bits
    with setuid, setgid and sticky; size: bytes; content: of files a blob address, of symlinks their target.
    """

    path: bytes
    seq: int
    time_ns: int
    kind: Kind
    mode: int
    uid: int
    gid: int
    size: int
    mtime_ns: int
    ctime_ns: int
    ino: int
    layout: int
    content: bytes | None
    flaw: int

    def signature(self) -> int:
        """What `signature_of` gave for the live path when this was recorded."""
        if self.kind == "dir":
            return hash((TYPE_BITS["dir"] | self.mode, self.uid, self.gid))
        if self.flaw == Flaw.TORN or self.ctime_ns == UNSETTLED:
            return 0
        bits = TYPE_BITS[self.kind] | self.mode
        return hash((bits, self.uid, self.gid, self.size, self.mtime_ns, self.ino, self.ctime_ns))

    def same_content(self, other: "Entry") -> bool:
        return self.kind == other.kind and self.content == other.content and self.size == other.size

    def same(self, other: "Entry") -> bool:
        """Whether restoring one or the other gives the same. The mtime of folders and symlinks is not kept."""
        return (
            self.same_content(other)
            and (self.mode, self.uid, self.gid, self.flaw) == (other.mode, other.uid, other.gid, other.flaw)
            and (self.kind != "file" or self.mtime_ns == other.mtime_ns)
        )


def gone(path: bytes, time_ns: int, seq: int = 0) -> Entry:
    return Entry(path, seq, time_ns, "gone", 0, 0, 0, 0, 0, 0, 0, 0, None, 0)


def signature_of(status: os.stat_result) -> int:
    """One number that changes when a path may have changed; of folders, only when their attributes have."""
    mode = status.st_mode
    if stat.S_ISDIR(mode):
        return hash((mode, status.st_uid, status.st_gid))
    times = (status.st_mtime_ns, status.st_ino, status.st_ctime_ns)
    return hash((mode, status.st_uid, status.st_gid, status.st_size, *times))


@dataclass(frozen=True, slots=True)
class Change:
    """A path that differs between two moments; `before` and `after` are None where it was not there."""

    path: bytes
    kind: Literal["added", "removed", "changed"]
    before: Entry | None
    after: Entry | None
