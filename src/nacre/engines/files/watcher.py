"""Keeps the journal of one tree up with the disk: a thread that listens, a thread that records, and the barrier."""

import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inotify_simple import flags

from nacre.engines.files.blobs import BlobStore
from nacre.engines.files.entry import Entry
from nacre.engines.files.journal import Journal
from nacre.engines.files.pending import HOLD_LIMIT_S, Notice, Pending
from nacre.engines.files.recorder import Recorder
from nacre.engines.files.watches import Watches

# Let events gather before waking up: the kernel merges repeats, and the watched program is disturbed less often.
GATHER_S = 0.02
_RESCAN_S = 60.0
_UNWATCHED_RESCAN_S = 3.0
_RESCAN_DUTY = 50  # at most a fiftieth of the time goes into periodic rescans
_RETRY_S = 5.0
_TORN_PATIENCE_S = 10.0
_STILL_OPEN = flags.CREATE | flags.MODIFY | flags.ATTRIB


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the journal: every change made before `time_ns` (ns since 1970) has a number of at most `seq`.

    events: change events seen since the start; two marks with the same number enclose no change of the files.
    """

    seq: int
    time_ns: int
    events: int


@dataclass(frozen=True, slots=True)
class Health:
    """What is wrong with watching a tree. problem: why nothing is being recorded ("" when it is); limit: why some
    folders are not watched ("" when all are); unreadable: reason by path; behind: changed paths not captured yet;
    lag_s: how long the first of them has waited, or for how long nothing could be recorded."""

    watching: bool
    problem: str
    limit: str
    unreadable: dict[bytes, str]
    behind: int
    lag_s: float


class Watcher:
    """`barrier` and `settled` may be called from any thread, whether the threads run or not."""

    def __init__(self, root: Path, journal: Journal, blobs: BlobStore, now_ns: Callable[[], int]) -> None:
        self.root = root
        self.journal = journal
        self._blobs = blobs
        self._now_ns = now_ns
        self._lock = threading.RLock()
        self._pending = Pending()
        self._watches = Watches(now_ns)
        self._recorder = Recorder(root, journal, blobs, self._watches, now_ns)
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._stop_read, self._stop_write = -1, -1
        self._events = 0
        self._problem = ""
        self._recording_since_s: float | None = None  # None while there is nothing to record
        self._behind_events = False  # events or captures were lost: only a rescan knows what changed
        self._rescan_at_s = 0.0
        self._durable_seq = -1

    def start(self) -> None:
        """Record what changed while nobody watched, then watch. Does nothing when it runs already."""
        with self._lock:
            if self._threads:
                return
            self._stopping.clear()
            self._rescan(quietly=False)
            self._stop_read, self._stop_write = os.pipe2(os.O_CLOEXEC)
            tree_id = self.journal.tree_id
            self._threads = [
                threading.Thread(target=self._listen, name=f"files-listen {tree_id}", daemon=True),
                threading.Thread(target=self._record, name=f"files-record {tree_id}", daemon=True),
            ]
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """Stop watching; what is not captured yet is found by the next start."""
        if self._threads:
            self._stopping.set()
            self._wake.set()
            os.write(self._stop_write, b"x")
            for thread in self._threads:
                thread.join()
            os.close(self._stop_read)
            os.close(self._stop_write)
        with self._lock:
            self._threads = []
            self._watches.close()
            self._watches = self._recorder.watches = Watches(self._now_ns)
            self._pending = Pending()

    def close(self) -> None:
        self.stop()
        self._watches.close()

    def barrier(self, *, rescan: bool) -> Mark:
        """See `Tree.barrier`."""
        with self._lock:
            called_ns = self._now_ns()
            self._settle(rescan=rescan)
            recorder = self._recorder
            # Later changes get later times, so that the mark's time leads back to the mark.
            recorder.time_ns = max(called_ns, recorder.time_ns)
            if recorder.seq != self._durable_seq:
                self._blobs.sync()
                with self.journal.database.writing(durable=True) as db:
                    self.journal.append(db, [], recorder.seq, recorder.time_ns)
                self._durable_seq = recorder.seq
            mark = Mark(recorder.seq, recorder.time_ns, self._events)
            recorder.time_ns += 1
            return mark

    @contextmanager
    def settled(self) -> Iterator[Callable[[], int]]:
        """Holds recording back for the block, and gives a function that brings the journal up to date and returns its
        head: inside the block the journal changes only by calling it."""
        with self._lock:

            def settle() -> int:
                self._settle(rescan=False)
                return self._recorder.seq

            yield settle

    def adopt(self, known: dict[bytes, Entry]) -> None:
        """Record the tree as it is now; the files of `known` (by path, with their inodes) come from the store."""
        with self._lock:
            self._recorder.trusted = known
            try:
                self._rescan(quietly=False)
            finally:
                self._recorder.trusted = {}

    @contextmanager
    def trusting(self, known: dict[bytes, Entry]) -> Iterator[None]:
        """In the block, files of `known` are recorded without reading them as long as they are still those."""
        self._recorder.trusted = known
        try:
            yield
        finally:
            self._recorder.trusted = {}

    def health(self) -> Health:
        return Health(
            watching=bool(self._threads) and not self._watches.limit,
            problem=self._problem,
            limit=self._watches.limit,
            unreadable=dict(self._recorder.unreadable),
            behind=len(self._pending),
            lag_s=self._lag_s(),
        )

    def _lag_s(self) -> float:
        """What was taken to be recorded does not wait any more, and is not recorded until that comes to its end."""
        waits = [since_s for since_s in (self._recording_since_s, self._pending.oldest_s()) if since_s is not None]
        return max((time.monotonic() - since_s for since_s in waits), default=0.0)

    @property
    def events(self) -> int:
        return self._events

    def _listen(self) -> None:
        inotify = self._watches.inotify
        if inotify is None:
            return
        poller = select.poll()
        poller.register(inotify.fileno(), select.POLLIN)
        poller.register(self._stop_read, select.POLLIN)
        while not self._stopping.is_set():
            poller.poll()
            if self._stopping.wait(GATHER_S):
                return
            self._watches.drain()
            self._wake.set()

    def _record(self) -> None:
        pause_s = 0.0
        while not self._stopping.is_set():
            self._wake.wait(pause_s)
            self._wake.clear()
            self._recording_since_s = self._recording_since_s or time.monotonic()
            try:
                with self._lock:
                    pause_s = self._step()
                    self._problem = ""
                self._recording_since_s = None
            except Exception as error:
                # Recording must outlive a full disk; `health` tells, the barrier raises, the next rescan makes it good.
                self._problem = f"{type(error).__name__}: {error}"
                self._stopping.wait(_RETRY_S)

    def _step(self) -> float:
        """Do what is due; returns the seconds until something may be due again."""
        self._absorb()  # first: it may tell that events were lost
        if self._behind_events or time.monotonic() >= self._rescan_at_s:
            self._rescan(quietly=not self._behind_events)
        now_s = time.monotonic()
        due = self._pending.take_due(now_s)
        if self._pouring_in(due, now_s):
            self._pending.hold(due, now_s)
        else:
            worn = {p: n for p, n in due.items() if n.tries > 2 and now_s - n.since_s > _TORN_PATIENCE_S}
            self._examine({p: n for p, n in due.items() if p not in worn}, accept_torn=False)
            self._examine(worn, accept_torn=True)
        now_s = time.monotonic()
        due_s = self._pending.next_due_s(now_s)
        return max(0.0, min(self._rescan_at_s, self._rescan_at_s if due_s is None else due_s) - now_s)

    def _pouring_in(self, due: dict[bytes, Notice], now_s: float) -> bool:
        """Whether a new folder is still being filled: it is not watched yet, so only looking tells. Waiting a little
        keeps times right (everything due is recorded together) and out of the way of whoever is filling it."""
        new = [path for path, notice in due.items() if notice.whole]
        if not new or now_s - min(notice.since_s for notice in due.values()) > HOLD_LIMIT_S:
            return False
        return self._recorder.filling(new)

    def _settle(self, *, rescan: bool) -> None:
        self._absorb()
        self._examine(self._pending.take_all(), accept_torn=True)
        blind = not self._threads or self._watches.limit or not self._watches.root_watched
        if rescan or blind or self._behind_events:
            self._rescan(quietly=bool(self._threads) and not self._behind_events, accept_torn=True)

    def _absorb(self) -> None:
        """Note what all events up to now speak of."""
        self._watches.drain()
        now_s = time.monotonic()
        for at_ns, wd, mask, name in self._watches.events():
            if mask & flags.IGNORED:
                self._watches.lost(wd)
                continue
            folder = self._watches.path_of(wd)
            if folder is None:
                continue
            self._events += 1
            if mask & (flags.DELETE_SELF | flags.MOVE_SELF | flags.UNMOUNT):  # only the root is watched for these
                self._watches.forget(folder)
                self._behind_events = True
                continue
            if not (folder or name):
                continue  # the attributes of the root itself are not journaled
            is_folder = bool(mask & flags.ISDIR)
            appeared = bool(mask & (flags.CREATE | flags.MOVED_TO))
            self._pending.notice(
                b"/".join(part for part in (folder, name) if part),
                at_ns,
                now_s,
                closed=is_folder or not mask & _STILL_OPEN,
                whole=is_folder and appeared,
                floor_ns=at_ns if is_folder and mask & flags.MOVED_TO else 0,
            )
        if self._watches.overflow:
            self._behind_events = True

    def _examine(self, notices: dict[bytes, Notice], *, accept_torn: bool) -> None:
        if not notices:
            return
        was_behind = self._behind_events
        self._behind_events = True  # if this fails, only a rescan knows what changed
        torn, costs = self._recorder.examine(notices, accept_torn=accept_torn)
        self._behind_events = was_behind
        now_s = time.monotonic()
        for path, cost_s in costs.items():
            self._pending.spent(path, cost_s, now_s)
        for path in torn:
            at_ns = self._now_ns()
            self._pending.again(path, notices.get(path) or Notice(at_ns, now_s, now_s, False), now_s)

    def _rescan(self, *, quietly: bool, accept_torn: bool = False) -> None:
        began_s = time.monotonic()
        self._watches.forgive()
        self._behind_events = True
        torn, _ = self._recorder.rescan(quietly=quietly, accept_torn=accept_torn)
        self._behind_events = False
        now_s = time.monotonic()
        for path in torn:
            self._pending.again(path, Notice(self._now_ns(), now_s, now_s, False), now_s)
        unwatched = self._watches.limit or (self._threads and not self._watches.root_watched)
        rest_s = _UNWATCHED_RESCAN_S if unwatched else _RESCAN_S
        self._rescan_at_s = now_s + max(rest_s, _RESCAN_DUTY * (now_s - began_s))
