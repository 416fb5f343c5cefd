"""The journal of one tree: which path was what from which moment on.

Times are the kernel's own change stamps (st_ctime) for what exists and the time the event was read (at most
GATHER_S later) for what disappeared; they never run backwards and never lie in the future. The stamp's granularity is
the kernel's tick (1-10 ms). States a path passed through between two captures are not kept: see `pending`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apsw

from nacre.core.errors import NotFound
from nacre.engines.files.database import Database, row, rows
from nacre.engines.files.entry import Change, Entry, gone

_COLUMNS = "path, seq, time_ns, kind, mode, uid, gid, size, mtime_ns, ctime_ns, ino, layout, content, flaw"
# SQLite takes the other columns from the row that holds the maximum.
_STATE = (
    "SELECT path, max(seq), time_ns, kind, mode, uid, gid, size, mtime_ns, ctime_ns, ino, layout, content, flaw"
    " FROM entry WHERE tree = ?1 AND seq <= ?2 AND path >= ?3 AND path < ?4 GROUP BY path"
)
_AFTER_SLASH = b"0"
_AFTER_ALL_PATHS = b"\xff" * 256  # a name has at most 255 bytes


@dataclass(frozen=True, slots=True)
class Position:
    """A point of the journal: the last sequence number at it, and a time in ns since 1970."""

    seq: int
    time_ns: int


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a path: `entry` held from entry.time_ns until `until_ns` (None: it still does)."""

    entry: Entry
    until_ns: int | None


class Journal:
    """Reading and appending entries of one tree. Appending is the recorder's; reading is anyone's, from any thread."""

    def __init__(self, database: Database, tree_id: str, now_ns: int) -> None:
        self.database = database
        self.tree_id = tree_id
        with database.writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO tree (id, last_time_ns, horizon_ns) VALUES (?, ?, ?)", (tree_id, now_ns, now_ns)
            )
            self.key: int = rows(db, "SELECT key FROM tree WHERE id = ?", (tree_id,))[0][0]

    def head(self) -> Position:
        with self.database.reading() as db:
            found = row(db, "SELECT last_seq, last_time_ns FROM tree WHERE key = ?", (self.key,))
        if found is None:
            raise self._forgotten()
        return Position(*found)

    def window_ns(self) -> int:
        """The oldest time whose state is known in full; ns since 1970."""
        return self._horizon()[1]

    def seq_at(self, time_ns: int) -> int:
        """The last sequence number at or before `time_ns`. Raises NotFound before the window."""
        horizon_seq, horizon_ns = self._horizon()
        if time_ns < horizon_ns:
            raise NotFound(
                "moment-before-window",
                "The file history does not reach back to that moment.",
                hint="`nacre history show` tells how far it reaches.",
            )
        with self.database.reading() as db:
            last: int = rows(db, "SELECT last_seq FROM tree WHERE key = ?", (self.key,))[0][0]

            def time_of(seq: int) -> int:
                found = row(
                    db,
                    "SELECT time_ns FROM entry WHERE tree = ? AND seq <= ? ORDER BY seq DESC LIMIT 1",
                    (self.key, seq),
                )
                return found[0] if found else 0

            candidates = range(horizon_seq + 1, last + 1)
            return horizon_seq + bisect_right(candidates, time_ns, key=time_of)

    def require(self, seq: int) -> None:
        """Raises NotFound when the state at `seq` is not known in full: not reached yet, or collected."""
        if seq < 0 or seq > self.head().seq:
            raise NotFound("unknown-file-moment", f"The file history of {self.tree_id} has no moment {seq}.")
        if seq >= self._horizon()[0]:
            return
        with self.database.reading() as db:
            if db.execute("SELECT 1 FROM pin WHERE tree = ? AND seq = ?", (self.key, seq)).fetchone():
                return
        raise NotFound(
            "moment-before-window",
            f"The files of moment {seq} have been collected.",
            hint="`nacre history show` tells how far the history reaches.",
        )

    def state(self, seq: int, prefix: bytes = b"") -> Iterator[Entry]:
        """All that exists at `seq` below the folder `prefix` (itself not included), in order of path bytes."""
        low, high = _below(prefix)
        with self.database.reading() as db:
            for values in db.execute(_STATE, (self.key, seq, low, high)):
                if values[3] != "gone":
                    yield Entry._make(values)

    def children(self, seq: int, folder: bytes, after: bytes = b"") -> Iterator[Entry]:
        """What lay directly in `folder` at `seq`, in order of path bytes, from the first path beyond `after` on.

        Whatever lies below a child is leapt over, so that it costs the same however much that is.
        """
        base = folder + b"/" if folder else b""
        low, high = _below(folder)
        low = max(low, after + b"\0") if after else low
        with self.database.reading() as db:
            while found := row(
                db,
                "SELECT path FROM entry WHERE tree = ? AND path >= ? AND path < ? ORDER BY path LIMIT 1",
                (self.key, low, high),
            ):
                path: bytes = found[0]
                name, slash, _ = path[len(base) :].partition(b"/")
                if slash:
                    low = base + name + _AFTER_SLASH
                    continue
                entry = self.last(db, path, seq)
                if entry is not None and entry.kind != "gone":
                    yield entry
                low = path + b"\0"

    def entry(self, path: bytes, seq: int) -> Entry | None:
        """What `path` was at `seq`; None when it was not there."""
        with self.database.reading() as db:
            found = self.last(db, path, seq)
        return None if found is None or found.kind == "gone" else found

    def last(self, db: apsw.Connection, path: bytes, seq: int) -> Entry | None:
        found = row(
            db,
            f"SELECT {_COLUMNS} FROM entry WHERE tree = ? AND path = ? AND seq <= ? ORDER BY seq DESC LIMIT 1",  # noqa: S608
            (self.key, path, seq),
        )
        return Entry._make(found) if found else None

    def unknown_folders(self, seq: int) -> list[bytes]:
        """Folders that were there at `seq` but that the daemon could not look into."""
        with self.database.reading() as db:
            ever = rows(
                db, "SELECT DISTINCT path FROM entry WHERE tree = ? AND kind = 'dir' AND flaw != 0", (self.key,)
            )
            then = [self.last(db, path, seq) for (path,) in ever]
        return [entry.path for entry in then if entry is not None and entry.kind == "dir" and entry.flaw]

    def versions(self, path: bytes) -> list[Version]:
        """All kept states of `path`, oldest first, disappearances included."""
        with self.database.reading() as db:
            found = rows(
                db,
                f"SELECT {_COLUMNS} FROM entry WHERE tree = ? AND path = ? ORDER BY seq",  # noqa: S608
                (self.key, path),
            )
        entries = [Entry._make(values) for values in found]
        ends: list[int | None] = [*(entry.time_ns for entry in entries[1:]), None]
        return [Version(entry, until) for entry, until in zip(entries, ends, strict=False)]

    def changes(self, a: int, b: int) -> list[Change]:
        """What differs from `a` to `b` (either may be the later one), in order of path bytes."""
        with self.database.reading() as db:
            touched = rows(
                db,
                "SELECT DISTINCT path FROM entry WHERE tree = ? AND seq > ? AND seq <= ? ORDER BY path",
                (self.key, min(a, b), max(a, b)),
            )
            pairs = [(path, self.last(db, path, a), self.last(db, path, b)) for (path,) in touched]
        return [change for pair in pairs if (change := compare(*pair)) is not None]

    def counts(self, since_ns: int, until_ns: int, bucket_ns: int) -> dict[int, int]:
        """How many entries were made in each `bucket_ns` since 1970, from `since_ns` to `until_ns`, by its number."""
        first = max(since_ns, self.window_ns())
        if first > until_ns:
            return {}
        begin, end = self.seq_at(first), self.seq_at(until_ns)
        with self.database.reading() as db:
            return dict(
                rows(
                    db,
                    "SELECT time_ns / ?, count(*) FROM entry WHERE tree = ? AND seq > ? AND seq <= ? GROUP BY 1",
                    (bucket_ns, self.key, begin, end),
                )
            )

    def append(self, db: apsw.Connection, entries: Iterable[Entry], last_seq: int, last_time_ns: int) -> None:
        """Write `entries` (numbered and timed by the recorder) and the new head, inside the caller's transaction.

        Raises NotFound when the tree was forgotten.
        """
        db.execute("UPDATE tree SET last_seq = ?, last_time_ns = ? WHERE key = ?", (last_seq, last_time_ns, self.key))
        if db.changes() != 1:
            raise self._forgotten()
        db.executemany(
            "INSERT INTO entry (tree, path, seq, time_ns, kind, mode, uid, gid, size, mtime_ns, ctime_ns, ino, layout,"
            " content, flaw) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(self.key, *entry) for entry in entries],
        )

    def _forgotten(self) -> NotFound:
        return NotFound("file-history-forgotten", f"The file history of {self.tree_id} has been deleted.")

    def _horizon(self) -> tuple[int, int]:
        with self.database.reading() as db:
            found = row(db, "SELECT horizon_seq, horizon_ns FROM tree WHERE key = ?", (self.key,))
        if found is None:
            raise self._forgotten()
        return found[0], found[1]


def compare(path: bytes, before: Entry | None, after: Entry | None) -> Change | None:
    """The change from `before` to `after`, or None when restoring either gives the same."""
    old = before or gone(path, 0)
    new = after or gone(path, 0)
    if old.kind == new.kind == "gone" or old.same(new):
        return None
    if old.kind == "gone":
        return Change(path, "added", None, new)
    if new.kind == "gone":
        return Change(path, "removed", old, None)
    return Change(path, "changed", old, new)


def _below(prefix: bytes) -> tuple[bytes, bytes]:
    if not prefix:
        return b"", _AFTER_ALL_PATHS
    return prefix + b"/", prefix + b"0"  # "0" follows "/" in ASCII
