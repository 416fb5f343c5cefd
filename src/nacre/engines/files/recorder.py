"""Brings the journal of one tree up to what is on disk: examines paths, surveys folders, captures what differs."""

import os
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import apsw

from nacre.engines.files.beneath import NOT_THERE, Beneath
from nacre.engines.files.blobs import BlobStore
from nacre.engines.files.capture import Torn, capture
from nacre.engines.files.entry import UNSETTLED, Entry, Flaw, gone, signature_of
from nacre.engines.files.journal import Journal
from nacre.engines.files.pending import Notice
from nacre.engines.files.present import Present
from nacre.engines.files.watches import Watches

# A stamp younger than this when the file is read may be shared by a later change: the kernel's tick is at most 10 ms.
_SETTLED_NS = 20_000_000
_FILLING_NS = 100_000_000
_BATCH_PATHS = 1000
_BATCH_S = 2.0


@dataclass(slots=True)
class Finding:
    """A path that seems to differ from the journal. at_ns: since when, as far as known; flush: without an event."""

    path: bytes
    at_ns: int
    floor_ns: int = 0
    flush: bool = False


class Recorder:
    """Not thread-safe: the tree's lock guards it."""

    def __init__(
        self, root: Path, journal: Journal, blobs: BlobStore, watches: Watches, now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self.root = root
        self.journal = journal
        self.unreadable: dict[bytes, str] = {}
        # Files just written from the store: content is known as long as inode, size and mtime are still these.
        self.trusted: dict[bytes, Entry] = {}
        self._blobs = blobs
        self.watches = watches
        self._now_ns = now_ns
        self.reload()

    def reload(self) -> None:
        """Believe the journal again."""
        head = self.journal.head()
        self.seq, self.time_ns = head.seq, head.time_ns
        self.present = Present(self.journal.state(head.seq))

    def examine(self, notices: dict[bytes, Notice], *, accept_torn: bool) -> tuple[list[bytes], dict[bytes, float]]:
        """Record the paths events spoke of. Returns (paths too torn to record, seconds spent on each costly path)."""
        findings: dict[bytes, Finding] = {}
        with Beneath(self.root) as beneath:
            for path, notice in notices.items():
                self._look(beneath, path, notice, findings)
            return self._record(beneath, findings.values(), accept_torn)

    def filling(self, folders: Iterable[bytes]) -> bool:
        """Whether something was put into or taken out of one of `folders`, or a folder below, just now."""
        newest_ns = self._now_ns() - _FILLING_NS
        waiting = list(folders)
        with Beneath(self.root) as beneath:
            while waiting:
                folder = waiting.pop()
                try:
                    fd = beneath.directory(folder)
                    if os.fstat(fd).st_mtime_ns > newest_ns:
                        return True
                    with os.scandir(fd) as listing:
                        waiting += [
                            folder + b"/" + os.fsencode(item.name)
                            for item in listing
                            if item.is_dir(follow_symlinks=False)
                        ]
                except (*NOT_THERE, PermissionError):
                    continue
        return False

    def rescan(self, *, quietly: bool, accept_torn: bool = False) -> tuple[list[bytes], dict[bytes, float]]:
        """Compare every path with the journal, and place every watch. `quietly`: no events are known to be missing,
        so a file found changed was changed through a mapping."""
        findings: dict[bytes, Finding] = {}
        with Beneath(self.root) as beneath:
            self._survey(beneath, b"", 0, findings, quietly)
            return self._record(beneath, findings.values(), accept_torn)

    def _as_known(self, entry: Entry) -> Entry:
        """A file that nobody may read any more, and that was not written since it was read, has the content it had."""
        last = self.journal.entry(entry.path, self.seq)
        if last is None or last.kind != "file" or last.flaw or entry.kind != "file":
            return entry
        if (last.ino, last.size, last.mtime_ns) != (entry.ino, entry.size, entry.mtime_ns):
            return entry
        return entry._replace(layout=last.layout, content=last.content, flaw=Flaw.NONE)

    def _look(self, beneath: Beneath, path: bytes, notice: Notice, findings: dict[bytes, Finding]) -> None:
        try:
            status = _status(beneath, path)
        except PermissionError as error:
            self.unreadable[path] = str(error.strerror)
            return
        if status is None:
            if self.present.get(path) is not None:
                findings[path] = Finding(path, notice.at_ns)
            return
        if self.present.get(path) != signature_of(status):
            findings[path] = Finding(path, status.st_ctime_ns, notice.floor_ns)
        if stat.S_ISDIR(status.st_mode) and (notice.whole or not self.present.is_directory(path)):
            self._survey(beneath, path, notice.floor_ns, findings, False)

    def _survey(
        self, beneath: Beneath, top: bytes, floor_ns: int, findings: dict[bytes, Finding], quietly: bool
    ) -> None:
        folders = [top]
        while folders:
            folder = folders.pop()
            try:
                fd = beneath.directory(folder)
                # The watch comes first: what appears after it sends an event, what was there before is listed.
                self.watches.place(folder, fd)
                seen = self._list(fd, folder, folders, floor_ns, findings, quietly)
            except NOT_THERE:
                if folder:
                    continue  # it went while we looked; what is known below it is found gone with it
                fd, seen = -1, set()
            except PermissionError as error:
                self.unreadable[folder] = str(error.strerror)
                continue
            missing = self.present.names(folder).keys() - seen
            if missing:
                at_ns = self._vanished_ns(fd)
                for name in missing:
                    path = folder + b"/" + name if folder else name
                    findings[path] = Finding(path, at_ns)

    def _list(
        self, fd: int, folder: bytes, folders: list[bytes], floor_ns: int, findings: dict[bytes, Finding], quietly: bool
    ) -> set[bytes]:
        known = self.present.names(folder)
        prefix = folder + b"/" if folder else b""
        seen = set()
        with os.scandir(fd) as listing:
            for item in listing:
                try:
                    status = item.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                mode = status.st_mode
                if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
                    continue
                name = os.fsencode(item.name)
                seen.add(name)
                before = known.get(name)
                if before != signature_of(status):
                    path = prefix + name
                    findings[path] = Finding(path, status.st_ctime_ns, floor_ns, quietly and bool(before))
                if stat.S_ISDIR(mode):
                    folders.append(prefix + name)
        return seen

    def _vanished_ns(self, fd: int) -> int:
        """When names vanished from a folder nobody watched: its mtime, unless somebody has set that."""
        now_ns = self._now_ns()
        if fd < 0:
            return now_ns
        mtime_ns = os.fstat(fd).st_mtime_ns
        return mtime_ns if self.time_ns <= mtime_ns <= now_ns else now_ns

    def _record(
        self, beneath: Beneath, findings: Iterable[Finding], accept_torn: bool
    ) -> tuple[list[bytes], dict[bytes, float]]:
        torn: list[bytes] = []
        costs: dict[bytes, float] = {}
        ordered = _in_order(findings)
        position = 0
        while position < len(ordered):
            deadline_s = time.monotonic() + _BATCH_S
            captured: list[tuple[int, Entry]] = []
            with self._blobs.session() as session:
                for finding in ordered[position : position + _BATCH_PATHS]:
                    began_s = time.monotonic()
                    now_ns = self._now_ns()
                    position += 1
                    try:
                        entry, why = capture(
                            beneath,
                            finding.path,
                            session,
                            trusted=self.trusted.get(finding.path),
                            accept_torn=accept_torn,
                            flush=finding.flush,
                        )
                    except Torn:
                        torn.append(finding.path)
                        continue
                    except PermissionError as error:
                        self.unreadable[finding.path] = str(error.strerror)
                        continue
                    if entry.flaw == Flaw.UNREADABLE:
                        entry = self._as_known(entry)
                    if why and entry.flaw:
                        self.unreadable[finding.path] = why
                    else:
                        self.unreadable.pop(finding.path, None)
                    captured.append(_timed(finding, entry, now_ns))
                    ended_s = time.monotonic()
                    if ended_s - began_s > 0.01:
                        costs[finding.path] = ended_s - began_s
                    if ended_s > deadline_s:
                        break
                entries = self._number(captured)
                try:
                    session.commit(partial(self._append, entries))
                except BaseException:
                    self.reload()
                    raise
        return torn, costs

    def _append(self, entries: list[Entry], db: apsw.Connection) -> None:
        self.journal.append(db, entries, self.seq, self.time_ns)

    def _number(self, captured: list[tuple[int, Entry]]) -> list[Entry]:
        """Give times that never run back and numbers to what differs, and take it all into `present`."""
        captured.sort(key=_moment)
        numbered: list[Entry] = []
        for time_ns, entry in captured:
            self.time_ns = max(self.time_ns, min(time_ns, self._now_ns()))
            known = self.present.get(entry.path) is not None
            if entry.kind != "dir" and self.present.is_directory(entry.path):
                for path in list(self.present.below(entry.path)):
                    self._vanish(path, numbered)
                self.watches.forget(entry.path)
                self.present.drop(entry.path)
            if entry.kind == "gone":
                if known:
                    self._vanish(entry.path, numbered)
                continue
            if not (known and self._already(entry)):
                self.seq += 1
                numbered.append(entry._replace(seq=self.seq, time_ns=self.time_ns))
            self.present.put(entry)
        return numbered

    def _vanish(self, path: bytes, numbered: list[Entry]) -> None:
        if self.present.is_directory(path):
            self.watches.forget(path)
        self.present.drop(path)
        self.unreadable.pop(path, None)
        self.seq += 1
        numbered.append(gone(path, self.time_ns, self.seq))

    def _already(self, entry: Entry) -> bool:
        with self.journal.database.reading() as db:
            last = self.journal.last(db, entry.path, self.seq)
        return last is not None and last.same(entry)


def _status(beneath: Beneath, path: bytes) -> os.stat_result | None:
    try:
        dir_fd, name = beneath.locate(path)
        status = os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
    except NOT_THERE:
        return None
    kind = stat.S_IFMT(status.st_mode)
    return status if kind in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK) else None


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By time. A folder's stamp is that of its last child, so a folder found with its children takes the earliest's."""
    by_path = {finding.path: finding for finding in findings}
    for finding in by_path.values():
        path = finding.path
        while path := path.rpartition(b"/")[0]:
            above = by_path.get(path)
            if above is not None:
                above.at_ns = min(above.at_ns, max(finding.at_ns, finding.floor_ns))
    return sorted(by_path.values(), key=lambda finding: (finding.at_ns, finding.path))


def _timed(finding: Finding, entry: Entry, read_at_ns: int) -> tuple[int, Entry]:
    if entry.kind in ("gone", "dir"):
        return max(finding.at_ns, finding.floor_ns), entry
    time_ns = max(entry.ctime_ns, finding.floor_ns)
    if read_at_ns - entry.ctime_ns < _SETTLED_NS:
        entry = entry._replace(ctime_ns=UNSETTLED)
    return time_ns, entry


def _moment(item: tuple[int, Entry]) -> tuple[int, int, int, bytes]:
    time_ns, entry = item
    if entry.kind == "gone":  # at the same time, disappearances come first, children before their folders
        return time_ns, 0, -entry.path.count(b"/"), entry.path
    return time_ns, 1, 0, entry.path
