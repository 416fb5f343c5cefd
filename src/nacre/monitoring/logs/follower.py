"""Follows all sources: reads what was added to each, says when and how grave, and puts it on the source's shelf."""

import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from nacre.engines.logs.line import Entry
from nacre.engines.logs.line import Place as Kept
from nacre.engines.logs.reader import place_of
from nacre.engines.logs.shelf import Shelf, ShelfInUse
from nacre.monitoring.afar.carried import entry
from nacre.monitoring.logs.caps import Caps
from nacre.monitoring.logs.condition import FILE, TELL_EVERY_S, Condition, tell
from nacre.monitoring.logs.listing import Listing
from nacre.monitoring.logs.masking import Mask
from nacre.monitoring.logs.pushing import Push
from nacre.monitoring.logs.reading import Place, Tail
from nacre.monitoring.logs.source import Source, label, labelled, read_plan
from nacre.monitoring.logs.stamp import Stamper

SHELF = "shelf"
_TEND_EVERY_S = 300.0
_PUT_OFF_S = 1.0
_QUIET_AFTER_S, _QUIET_EVERY_S = 10.0, 1.5
"""A source that wrote nothing for so long is looked at only so often: most of hundreds are quiet most of the time."""
_TURN = 8
"""How many megabytes a source may have at most before the next one has its turn."""
_MARK_BITS = 48
_log = logging.getLogger(__name__)


@dataclass
class _Followed:
    source: Source
    folder: Path
    shelf: Shelf
    tail: Tail
    stamper: Stamper = field(default_factory=Stamper)
    untrimmed_bytes: int = 0
    behind_since: float | None = None
    mask: Mask | None = None
    wrote_at: float = field(default_factory=time.monotonic)
    due_at: float = 0.0


class Follower:
    """`plan` is the file that says what is followed (source.py), beside which it says how it does (condition.py); each
    source has a folder of its own in `shelves`."""

    def __init__(self, plan: Path, shelves: Path, caps: Caps, push: Push | None = None) -> None:
        self._plan = plan
        self._shelves = shelves
        self._caps = caps
        self._push = push
        self._followed: dict[str, _Followed] = {}
        self._listing = Listing()
        self._there: dict[str, Source] = {}
        self._again_at: dict[str, float] = {}  # sources that could not be kept, and when to try again
        self._plan_seen = (0, 0)
        self._tended_at = self._told_at = float("-inf")
        self._lines = self._left_out_bytes = 0
        shelves.mkdir(mode=0o700, parents=True, exist_ok=True)

    def look(self, *, quiet: bool = False) -> bool:
        """Read what was added since; whether there may be more at once. With `quiet` those sources that wrote nothing
        for a while are asked as well, though it is not their time yet."""
        self._follow_plan()
        now = time.monotonic()
        more = [self._read(one) for one in [*self._followed.values()] if quiet or one.due_at <= now]
        if now - self._tended_at >= _TEND_EVERY_S:
            self._tended_at = now
            self.tend()
        if now - self._told_at >= TELL_EVERY_S:
            self._told_at = now
            with suppress(OSError):  # that it says nothing is what is noticed then
                tell(self._plan.with_name(FILE), self._condition(now))
        return any(more)

    def tend(self) -> None:
        """Drop what is too much or too old, and the shelves of sources that are gone once nothing is on them."""
        before_ms = int((time.time() - self._caps.days * 86_400) * 1000)
        for one in self._followed.values():
            with _put_up_with(one.source.name):
                one.shelf.trim(self._caps.source_bytes, before_ms)
        sizes = {}
        for folder in [each for each in self._shelves.iterdir() if each.is_dir()]:
            with _put_up_with(folder.name):
                files = [file.stat() for file in folder.rglob("*")]
                newest_s = max((file.st_mtime for file in files), default=folder.stat().st_mtime)
                if folder.name not in self._followed and newest_s * 1000 < before_ms:
                    shutil.rmtree(folder)
                else:
                    sizes[folder.name] = sum(file.st_size for file in files)
        self._keep_within(self._caps.total_bytes, sizes)

    def close(self) -> None:
        for key in [*self._followed]:
            self._leave(key)

    def _condition(self, now: float) -> Condition:
        behind_bytes, late_s = 0, 0.0
        for one in self._followed.values():
            behind = one.tail.behind_bytes()
            one.behind_since = (one.behind_since or now) if behind else None
            behind_bytes += behind
            late_s = max(late_s, now - (one.behind_since or now))
        unkept = len(self._again_at.keys() - self._followed.keys())
        return Condition(now, self._lines, behind_bytes, late_s, self._left_out_bytes, unkept)

    def _follow_plan(self) -> None:
        try:
            status = self._plan.stat()
        except FileNotFoundError:
            return
        if (status.st_ino, status.st_mtime_ns) != self._plan_seen:
            self._listing = Listing(read_plan(self._plan))
            self._plan_seen = status.st_ino, status.st_mtime_ns
        there = self._listing.there()
        if there is not self._there:
            self._leave_what_went(there)
            self._there = there
        now = time.monotonic()
        for key in there.keys() - self._followed.keys():
            if self._again_at.get(key, 0.0) <= now and Path(there[key].path).exists():
                self._begin(there[key])

    def _leave_what_went(self, there: dict[str, Source]) -> None:
        for key, one in [*self._followed.items()]:
            if key not in there:
                self._read(one)  # its file is held open, and may have been written to until it went
                self._leave(key)
            elif one.source != there[key]:
                self._leave(key)  # it is labelled anew, and read on
        self._again_at = {key: again_at for key, again_at in self._again_at.items() if key in there}

    def _begin(self, source: Source) -> None:
        folder = self._shelves / source.key
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            if labelled(folder) != source:
                label(folder, source)
            shelf = Shelf(folder / SHELF)
        except (OSError, ValueError, ShelfInUse) as error:
            self._put_off(source, error)
            return
        tail = Tail(Path(source.path), _place(shelf.place()), self._caps.source_bytes, carried=source.carried)
        mask = Mask() if _may_spell_out_secrets(source) else None
        self._followed[source.key] = _Followed(source, folder, shelf, tail, mask=mask)

    def _put_off(self, source: Source, error: Exception) -> None:
        """One that cannot be kept now, and is read again from where it was left, holds up no other."""
        if source.key not in self._again_at:
            _log.warning("%s is not kept for now: %s", source.name, error)
        self._again_at[source.key] = time.monotonic() + _PUT_OFF_S

    def _leave(self, key: str) -> None:
        one = self._followed.pop(key, None)
        if one is not None:
            one.tail.close()
            one.shelf.close()

    def _read(self, one: _Followed) -> bool:
        """Whether the source had as much as fits into its turn."""
        try:
            return self._keep_added(one)
        except (OSError, ValueError) as error:
            self._leave(one.source.key)
            self._put_off(one.source, error)
            return False

    def _keep_added(self, one: _Followed) -> bool:
        for _ in range(_TURN):
            taken, now = one.tail.take(), time.monotonic()
            if taken is None:
                one.due_at = now + _QUIET_EVERY_S if now - one.wrote_at > _QUIET_AFTER_S else 0.0
                return False
            one.wrote_at = now
            now_ms = time.time_ns() // 1_000_000
            entries, lines, place = [], taken.lines, taken.place
            if one.mask is not None:
                lines = [*map(one.mask.masked, taken.lines)]
                if one.source.kind == "postgres" and lines != taken.lines:
                    place = one.tail.overwrite(taken, lines)
            for line in lines:
                entries.append(entry(line, now_ms) if one.source.carried else _stamped(one.stamper, line, now_ms))
            first = one.shelf.add(entries, Kept(place.inode, place.offset | place.mark << _MARK_BITS))
            self._again_at.pop(one.source.key, None)
            if not one.source.rolls:
                one.tail.forget(place)
            if self._push is not None:
                self._push.offer(one.source, first, entries)
            one.untrimmed_bytes += sum(map(len, taken.lines))
            self._lines += len(taken.lines)
            self._left_out_bytes += taken.left_out_bytes
        if one.untrimmed_bytes > self._caps.source_bytes:
            one.shelf.trim(self._caps.source_bytes, 0)
            one.untrimmed_bytes = 0
        return True

    def _keep_within(self, total_bytes: int, sizes: dict[str, int]) -> None:
        """Where all together take too much, the largest give until each has an equal share at most."""
        if sum(sizes.values()) <= total_bytes:
            return
        share = fair_share([*sizes.values()], total_bytes)
        for key, size in sizes.items():
            if size > share:
                with _put_up_with(key):
                    self._trim(key, share)

    def _trim(self, key: str, most_bytes: int) -> None:
        if key in self._followed:
            self._followed[key].shelf.trim(most_bytes, 0)
        else:
            with closing(Shelf(self._shelves / key / SHELF)) as shelf:
                shelf.trim(most_bytes, 0)


@contextmanager
def _put_up_with(name: str) -> Iterator[None]:
    """One that cannot be made smaller now, as on a full disk, keeps no other from being followed."""
    try:
        yield
    except (OSError, ValueError, ShelfInUse) as error:
        _log.warning("%s is not made smaller for now: %s", name, error)


def _may_spell_out_secrets(source: Source) -> bool:
    """Of statements and of Nacre's own parts; what people's programs write is theirs to say, and kept as it is."""
    return source.kind in ("postgres", "nacre", "audit") and not source.rolls


def fair_share(sizes: list[int], total: int) -> int:
    """The most that each may have so that all together have no more than `total`: those that are small keep all."""
    left, count = total, len(sizes)
    for size in sorted(sizes):
        if size * count > left:
            return left // count
        left -= size
        count -= 1
    return left


def _stamped(stamper: Stamper, line: bytes, now_ms: int) -> Entry:
    stamp = stamper.stamp(line, now_ms)
    return Entry(stamp.time_ms, stamp.level, line)


def read_so_far(shelf: Path) -> Place | None:
    """How far the source of a shelf has been read and kept; from any process."""
    return _place(place_of(shelf)) if shelf.is_dir() else None


def _place(kept: Kept | None) -> Place | None:
    if kept is None:
        return None
    return Place(kept.inode, kept.offset & (1 << _MARK_BITS) - 1, kept.offset >> _MARK_BITS)
