"""One branch's files: an ordinary folder, watched, with everything it was within the window."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from nacre.core.errors import Conflict, InvalidInput, NotFound
from nacre.engines.files.beneath import Beneath
from nacre.engines.files.blobs import BlobStore
from nacre.engines.files.branching import Branched, fill
from nacre.engines.files.content import CHUNK_BYTES
from nacre.engines.files.entry import Change, Entry
from nacre.engines.files.journal import Journal, Version, compare
from nacre.engines.files.packs import BrokenRecord
from nacre.engines.files.restore import Plan, Restored, apply, chosen, contents_needed
from nacre.engines.files.staging import (
    bytes_to_write,
    damaged,
    file_chunks,
    require_space,
    show,
    stage,
    staging_folder,
)
from nacre.engines.files.watcher import Health, Mark, Watcher

_ROUNDS = 4


class Tree:
    """All methods block and may be called from any thread. Paths are bytes relative to the root, "/" between names."""

    def __init__(
        self, root: Path, journal: Journal, blobs: BlobStore, now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self.root = root
        self.journal = journal
        self._blobs = blobs
        self._watcher = Watcher(root, journal, blobs, now_ns)
        self._staging = root.parent / f".{root.name}.staging"

    def start(self) -> None:
        """Record what changed while nobody watched, then watch. Raises NotFound when the history was forgotten."""
        self._watcher.start()

    def stop(self) -> None:
        """Stop watching; changes not captured yet are found by the next start."""
        self._watcher.stop()

    def close(self) -> None:
        """Stop watching and let go of everything."""
        self._watcher.close()

    def barrier(self, *, rescan: bool = True) -> Mark:
        """When it returns, everything changed before the call is in the journal, and survives a power cut.

        With `rescan` that includes writes through mappings, which send no events. Raises OSError (full disk).
        """
        return self._watcher.barrier(rescan=rescan)

    def health(self) -> Health:
        return self._watcher.health()

    def head(self) -> Mark:
        """Where the journal is now; changes of the last second may not be in it yet (see `barrier`)."""
        head = self.journal.head()
        return Mark(head.seq, head.time_ns, self._watcher.events)

    def seq_at(self, time_ns: int) -> int:
        """The last sequence number at or before `time_ns` (ns since 1970). Raises NotFound before the window."""
        return self.journal.seq_at(time_ns)

    def window(self) -> int:
        """The oldest time (ns since 1970) whose state is known."""
        return self.journal.window_ns()

    def listing(self, seq: int, prefix: bytes = b"", *, recursive: bool = True) -> list[Entry]:
        """What existed at `seq` below the folder `prefix`, by path; without `recursive` only directly in it."""
        self.journal.require(seq)
        start = len(prefix) + 1 if prefix else 0
        return [e for e in self.journal.state(seq, prefix) if recursive or b"/" not in e.path[start:]]

    def children(self, seq: int, folder: bytes, after: bytes = b"") -> Iterator[Entry]:
        """What existed at `seq` directly in `folder`, by path, beyond the path `after`."""
        self.journal.require(seq)
        return self.journal.children(seq, folder, after)

    def entry(self, seq: int, path: bytes) -> Entry | None:
        """What `path` was at `seq`; None when it was not there."""
        self.journal.require(seq)
        return self.journal.entry(path, seq)

    def read(self, seq: int, path: bytes) -> Iterator[bytes]:
        """The content `path` had at `seq`, in pieces of at most 1 MiB, holes as zeros.

        Raises NotFound, InvalidInput when it was no file, Damaged.
        """
        entry = self.entry(seq, path)
        if entry is None:
            raise NotFound("file-not-found", f"There was no {show(path)} at that moment.")
        if entry.kind != "file":
            raise InvalidInput("not-a-file", f"{show(path)} was a {entry.kind} at that moment, not a file.")
        return self._pieces(entry)

    def counts(self, since_ns: int, until_ns: int, bucket_ns: int) -> dict[int, int]:
        """How many changes there were in each `bucket_ns` since 1970, by its number; times in ns since 1970."""
        return self.journal.counts(since_ns, until_ns, bucket_ns)

    def versions(self, path: bytes) -> list[Version]:
        """All kept states of `path`, oldest first, disappearances included."""
        return self.journal.versions(path)

    def changes(self, a: int, b: int) -> list[Change]:
        """What differs from `a` to `b`, by path; `b` may be the earlier one."""
        self.journal.require(a)
        self.journal.require(b)
        return self.journal.changes(a, b)

    def plan(self, seq: int, only: Iterable[bytes] | None = None) -> Plan:
        """What `restore` would do to the present as the journal knows it. Raises NotFound, Damaged."""
        self.journal.require(seq)
        return self._plan(self.journal.head().seq, seq, None if only is None else list(only))

    def restore(self, seq: int, only: Iterable[bytes] | None = None) -> Restored:
        """Make the tree (or the paths `only`, with all below them) what it was at `seq`; nothing else is written.

        The caller has taken a barrier. Raises NotFound, Damaged and NoSpace with nothing touched; Conflict when other
        programs keep changing the same paths; OSError. May be run again after a crash.
        """
        self.journal.require(seq)
        paths = None if only is None else list(only)
        return self._become(lambda head: self._plan(head, seq, paths))

    def restore_from(self, source: "Tree", seq: int) -> Restored:
        """Make the tree what `source`, another tree of the same history, was at `seq`; as `restore` otherwise."""
        source.journal.require(seq)
        wanted = {entry.path: entry for entry in source.journal.state(seq)}

        def plan(head: int) -> Plan:
            present = {entry.path: entry for entry in self.journal.state(head)}
            pairs = [(path, present.get(path), wanted.get(path)) for path in sorted(present.keys() | wanted.keys())]
            changes = [change for pair in pairs if (change := compare(*pair)) is not None]
            return self._planned(seq, changes, None, source.journal.unknown_folders(seq))

        return self._become(plan)

    def _become(self, plan_from: Callable[[int], Plan]) -> Restored:
        """Carry out what `plan_from` says of the journal's head, until it finds nothing left to do."""
        changed: set[bytes] = set()
        written = 0
        with self._watcher.settled() as settle, self._blobs.session():
            for _ in range(_ROUNDS):
                plan = plan_from(settle())
                if not plan.changes:
                    return Restored(len(changed), written, plan.skipped)
                written += self._carry_out(plan, settle)
                changed.update(change.path for change in plan.changes)
        raise Conflict(
            "files-keep-changing",
            "Other programs keep changing the files that are being restored.",
            hint="Stop what is running in the branch and try again.",
        )

    def branch_from(self, source: "Tree", seq: int) -> Branched:
        """Fill this tree (an empty folder, not started yet) with what `source` was at `seq`, on disk and in journal.

        Raises Conflict when the folder is not empty, NotFound, Damaged, OSError; what was written by then stays.
        """
        source.journal.require(seq)
        if any(self.root.iterdir()):
            raise Conflict("files-not-empty", f"The folder {self.root} is not empty.")
        with self._blobs.session():
            state = list(source.journal.state(seq))
            branched, known = fill(self.root, source.root, state, self._blobs)
            self._watcher.adopt(known)
        return branched

    def _plan(self, head: int, seq: int, only: list[bytes] | None) -> Plan:
        return self._planned(seq, self.journal.changes(head, seq), only, self.journal.unknown_folders(seq))

    def _planned(self, seq: int, changes: list[Change], only: list[bytes] | None, unknown: list[bytes]) -> Plan:
        changes, skipped = chosen(changes, only, unknown)
        return Plan(seq, changes, bytes_to_write(self._blobs, contents_needed(changes)), skipped)

    def _carry_out(self, plan: Plan, settle: Callable[[], int]) -> int:
        require_space(self.root.parent, plan.bytes_to_write)
        self.root.mkdir(exist_ok=True)
        with staging_folder(self._staging) as fd:
            staged, written = stage(self._blobs, contents_needed(plan.changes), fd)
            with Beneath(self.root) as beneath:
                apply(beneath, plan.changes, staged, fd)
        with self._watcher.trusting({path: one.entry for path, one in staged.items()}):
            settle()
        return written

    def _pieces(self, entry: Entry) -> Iterator[bytes]:
        position = 0
        for chunk in file_chunks(self._blobs, entry):
            yield from _zeros(chunk.offset - position)
            try:
                yield self._blobs.get(chunk.address)
            except BrokenRecord as error:
                raise damaged(entry.path, error) from error
            position = chunk.offset + chunk.length
        yield from _zeros(entry.size - position)


def _zeros(count: int) -> Iterator[bytes]:
    while count > 0:
        yield bytes(min(count, CHUNK_BYTES))
        count -= CHUNK_BYTES
