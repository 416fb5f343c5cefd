"""The file history of one project: the trees of its branches over one shared store."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from nacre.core.errors import Conflict
from nacre.engines.files.blobs import BlobStore
from nacre.engines.files.cap import Capped, enforce_cap, size_bytes
from nacre.engines.files.damage import Damage, verify
from nacre.engines.files.database import Database, rows
from nacre.engines.files.journal import Journal
from nacre.engines.files.packs import Packs
from nacre.engines.files.recovery import recover
from nacre.engines.files.retention import Collected, collect
from nacre.engines.files.tree import Tree

_SYNC_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What a history takes. pack_bytes and index_bytes on disk; raw_bytes: the distinct content before compression."""

    pack_bytes: int
    index_bytes: int
    raw_bytes: int
    blobs: int
    entries: int


class FileHistory:
    """Opening recovers from a crash. One process at a time; the methods may be called from any thread."""

    def __init__(self, directory: Path, now_ns: Callable[[], int] = time.time_ns) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory = directory
        self._now_ns = now_ns
        self.database = Database(directory / "journal.db")
        self.packs = Packs(directory / "packs")
        self.blobs = BlobStore(self.database, self.packs)
        self.dropped_entries = recover(self.database, self.packs)
        self._trees: dict[str, Tree] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._syncer = threading.Thread(target=self._sync_now_and_then, name="files-sync", daemon=True)
        self._syncer.start()

    def tree(self, tree_id: str, root: Path) -> Tree:
        """The tree of one branch; the same object for the same `tree_id` (an opaque name) until it is forgotten.

        `root` is an existing folder. Its history begins when it is first named here.
        """
        with self._lock:
            known = self._trees.get(tree_id)
            if known is not None:
                if known.root != root:
                    raise Conflict("tree-elsewhere", f"The files of {tree_id} lie in {known.root}, not in {root}.")
                return known
            tree = Tree(root, Journal(self.database, tree_id, self._now_ns()), self.blobs, self._now_ns)
            self._trees[tree_id] = tree
            return tree

    def forget(self, tree_id: str) -> None:
        """The branch is deleted: stop watching and drop its journal; `collect` frees the space."""
        with self._lock:
            tree = self._trees.pop(tree_id, None)
        if tree is not None:
            tree.close()
        with self.database.writing(durable=True) as db:
            db.execute("DELETE FROM entry WHERE tree = (SELECT key FROM tree WHERE id = ?)", (tree_id,))
            db.execute("DELETE FROM tree WHERE id = ?", (tree_id,))

    def verify(self) -> list[Damage]:
        """Check every blob of every pack and the index; names what is damaged and every version lost by it."""
        return verify(self.blobs)

    def collect(self, keep_from: Mapping[str, int], pinned: Mapping[str, Collection[int]]) -> Collected:
        """Forget what no moment at or after `keep_from` (tree id → ns since 1970) and no pinned number needs.

        Trees not named keep everything; the present always stays. Killed at any point, it can be run again.
        """
        return collect(self.blobs, keep_from, pinned)

    def enforce_cap(self, size_cap_bytes: int, pinned: Mapping[str, Collection[int]]) -> Capped:
        """Drop the oldest history until the store takes at most `size_cap_bytes`; says what was dropped."""
        return enforce_cap(self.blobs, size_cap_bytes, pinned, self._now_ns())

    def usage(self) -> Usage:
        with self.database.reading() as db:
            blobs, raw = rows(db, "SELECT count(*), coalesce(sum(raw), 0) FROM blob")[0]
            entries = rows(db, "SELECT count(*) FROM entry")[0][0]
        return Usage(self.packs.size_bytes(), self.database.size_bytes(), raw, blobs, entries)

    def size_bytes(self) -> int:
        """What it takes on disk."""
        return size_bytes(self.blobs)

    def close(self) -> None:
        """Stop all trees and make everything durable. Closing again does nothing."""
        if self._closing.is_set():
            return
        with self._lock:
            trees, self._trees = list(self._trees.values()), {}
        for tree in trees:
            tree.close()
        self._closing.set()
        self.blobs.wrote.set()
        self._syncer.join()
        self.blobs.sync()
        self.packs.close()
        self.database.close()

    def _sync_now_and_then(self) -> None:
        """At most one sync a second, and none while nothing is written."""
        while not self._closing.is_set():
            self.blobs.wrote.wait()
            if self._closing.wait(_SYNC_EVERY_S):
                return
            self.blobs.wrote.clear()
            try:
                self.blobs.sync()
            except OSError:
                self.blobs.wrote.set()  # a full disk; what is not synced is checked at the next opening
