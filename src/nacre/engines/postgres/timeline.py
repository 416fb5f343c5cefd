"""Timelines: which stretch of WAL belongs to which, along the ancestry of a cluster."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from nacre.core.errors import Conflict, Damaged
from nacre.engines.postgres.lsn import Lsn, parse_lsn

_LINE = re.compile(r"\s*(\d+)\s+([0-9A-Fa-f]+/[0-9A-Fa-f]+)\b")


@dataclass(frozen=True)
class Stretch:
    """The WAL of one timeline between two positions, and where its files lie.

    `end` is None for the timeline still being written. `archive` holds finished segments; `live` is the pg_wal of
    the cluster that writes (or wrote) this timeline, for what has not been archived yet.
    """

    timeline: int
    start: Lsn
    end: Lsn | None
    archive: Path
    live: Path | None = None


Chain = tuple[Stretch, ...]
"""Stretches of WAL, oldest first, each continuing where the one before ends."""


@dataclass(frozen=True)
class Switch:
    """A line of a history file: the WAL of `timeline` counts up to `end`, then the next one takes over."""

    timeline: int
    end: Lsn


def parse_history(text: str) -> tuple[Switch, ...]:
    """The content of a history file, oldest first (readTimeLineHistory, access/transam/timeline.c)."""
    matches = (_LINE.match(line) for line in text.splitlines() if not line.lstrip().startswith("#"))
    return tuple(Switch(int(match[1]), parse_lsn(match[2])) for match in matches if match)


def stretch_at(chain: Chain, lsn: Lsn) -> Stretch:
    """The stretch on which the record starting at `lsn` lies. Raises Damaged if no stretch does."""
    for stretch in chain:
        if stretch.start <= lsn and (stretch.end is None or lsn < stretch.end):
            return stretch
    raise Damaged("wal-not-covered", "The moment lies outside the history that is kept.")


def chain_until(chain: Chain, timeline: int, end: Lsn) -> Chain:
    """The part of `chain` up to position `end` of `timeline`, that is the past of a cluster that left it there.

    Raises Conflict if the chain does not go through that timeline.
    """
    kept: list[Stretch] = []
    for stretch in chain:
        if stretch.timeline == timeline:
            return (*kept, replace(stretch, end=end))
        kept.append(stretch)
    raise Conflict("timeline-not-in-chain", f"Timeline {timeline} is not part of this history.")
