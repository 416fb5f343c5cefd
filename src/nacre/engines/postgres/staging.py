"""Lays out the WAL a recovery will ask for: links to finished segments, private copies of those still written."""

import os
import shutil
from pathlib import Path

from nacre.core.errors import Damaged
from nacre.engines.postgres.bases import Base
from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.timeline import Chain, Stretch
from nacre.engines.postgres.wal import DamagedSegment, Segment, history_name, segment_at
from nacre.engines.processes.users import Account


def stage(past: Chain, base: Base, staging: Path, owner: Account | None) -> int:
    """Fill the new directory `staging` for a recovery from `base` along `past` (every stretch has an end).

    Returns the number of segments. Raises Damaged, naming the first segment that lies in no archive, so that a gap is
    found before anything is started.
    """
    staging.mkdir(mode=0o700)
    _own(staging, owner)
    count = 0
    for stretch in past:
        _stage_history(stretch, staging, owner)
        for segment in _needed(stretch, base):
            _stage_segment(stretch, segment, staging, owner)
            count += 1
    return count


def _needed(stretch: Stretch, base: Base) -> list[Segment]:
    """A base by the backup API brings no WAL at all; the others bring theirs, up to their end."""
    begin = base.redo_lsn if base.method == "backup" else base.end_lsn
    start = max(begin, stretch.start)
    end = stretch.end
    if end is None or end <= start:
        return []
    first = segment_at(stretch.timeline, start, base.segment_bytes)
    last = segment_at(stretch.timeline, Lsn(end - 1), base.segment_bytes)
    return [Segment(stretch.timeline, number, base.segment_bytes) for number in range(first.number, last.number + 1)]


def _stage_segment(stretch: Stretch, segment: Segment, staging: Path, owner: Account | None) -> None:
    archived = stretch.archive / segment.name
    if not archived.exists() and stretch.live is not None:
        copied = staging / segment.name
        try:
            shutil.copyfile(stretch.live / segment.name, copied)
        except FileNotFoundError:
            copied.unlink(missing_ok=True)  # archived and removed in this very moment
        else:
            _own(copied, owner)
            return
    if not archived.exists():
        raise DamagedSegment("wal-missing", segment, f"is missing from {stretch.archive}")
    (staging / segment.name).symlink_to(archived)


def _stage_history(stretch: Stretch, staging: Path, owner: Account | None) -> None:
    """Timeline 1 has no history file."""
    if stretch.timeline == 1:
        return
    name = history_name(stretch.timeline)
    for directory in (stretch.archive, stretch.live):
        if directory is not None and (directory / name).exists():
            shutil.copyfile(directory / name, staging / name)
            _own(staging / name, owner)
            return
    raise Damaged("wal-missing", f"Timeline history {name} is missing from {stretch.archive}.")


def _own(path: Path, owner: Account | None) -> None:
    if owner is not None:
        os.chown(path, owner.uid, owner.gid)
