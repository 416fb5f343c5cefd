"""Brings a base back to life at one chosen transaction, on a timeline of its own.

`recover` leaves the new cluster running where only the daemon reaches it; `settle` then stops it, safely on disk, so
that its next start takes some 20 ms.
"""

import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nacre.core.errors import Conflict, Failed
from nacre.core.progress import report
from nacre.engines.postgres import commands
from nacre.engines.postgres.bases import Base
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.control import read_control
from nacre.engines.postgres.lsn import Lsn, format_lsn
from nacre.engines.postgres.seat import Seat
from nacre.engines.postgres.staging import stage
from nacre.engines.postgres.timeline import Chain, chain_until, parse_history
from nacre.engines.postgres.transactions import TransactionEnd
from nacre.engines.postgres.wal import history_name, parse_segment
from nacre.engines.storage.driver import Cloned, Storage
from nacre.engines.storage.flush import flush

LONGEST_REPLAY_S = 6 * 3600


@dataclass(frozen=True)
class Reached:
    """Where a recovery ended: the state after the WAL up to `lsn`, the new cluster's `timeline`.

    `time` is that of the last transaction included, None if the base's own end was asked for. `seconds` maps each
    phase to how long it took.
    """

    lsn: Lsn
    time: datetime | None
    timeline: int
    parent_timeline: int
    cloned: Cloned
    seconds: dict[str, float]


def recover(
    base: Base,
    chain: Chain,
    target: TransactionEnd | None,
    cluster: Cluster,
    storage: Storage,
    *,
    private_dir: Path,
    archive_dir: Path,
    log_path: Path,
) -> Reached:
    """Make `cluster`'s data directory (which must not exist) hold exactly the transactions up to `target`.

    `chain` covers at least [base.redo_lsn, target.end]. `target` None, or one complete at the base's end, means that
    end; the caller answers for no other transaction end lying between the two (`commits.last_ending_by`). The cluster
    is left running on `private_seat(private_dir)`, archiving into the empty `archive_dir` from its first second.
    Raises Conflict if the base does not lead to the target, Damaged if WAL is missing, Failed if PostgreSQL refuses;
    then everything made is removed again.
    """
    stop = _stop_position(base, target)
    past = _past(base, chain, target)
    clock = _Clock()
    staging = _staging(cluster)
    try:
        report("cloning the base")
        cloned = storage.clone(base.data_dir, cluster.data_dir)
        clock.lap("clone")
        _prepare(cluster, base, private_dir)
        stage(past, base, staging, cluster.owner)
        clock.lap("stage")
        report("replaying WAL")
        settings = commands.recovery_settings(staging, past[-1].timeline, stop, base.method == "backup")
        cluster.start(private_seat(private_dir), archive_dir, log_path, settings=settings, timeout_s=LONGEST_REPLAY_S)
        clock.lap("replay")
        timeline, parent, reached = _where(cluster)
        expected = base.end_lsn if stop is None or target is None else target.end
        if reached != expected:
            raise Failed(
                "recovery-missed",
                f"Recovery ended at {format_lsn(reached)} instead of {format_lsn(expected)}.",
                hint="Nothing was changed. Run `nacre history verify`.",
            )
    except BaseException:
        discard(cluster, storage)
        raise
    _unlink_staged(cluster)
    shutil.rmtree(staging)
    moment = target.time if target else None
    return Reached(reached, moment, timeline, parent, cloned, clock.seconds)


def settle(cluster: Cluster, private_dir: Path) -> dict[str, float]:
    """Stop a recovered cluster cleanly and put it on disk; returns seconds per phase. Raises Failed.

    Until this returns nothing of the cluster is promised to survive a power cut: its replay ran without flushes.
    """
    clock = _Clock()
    cluster.stop("fast", timeout_s=600)
    clock.lap("stop")
    flush(cluster.data_dir)
    clock.lap("flush")
    shutil.rmtree(private_dir, ignore_errors=True)
    return clock.seconds


def discard(cluster: Cluster, storage: Storage) -> None:
    """Remove a recovered or half-recovered cluster, whoever left it, with its staged WAL; idempotent."""
    cluster.stop("immediate")
    storage.remove(cluster.data_dir)
    shutil.rmtree(_staging(cluster), ignore_errors=True)


def private_seat(private_dir: Path) -> Seat:
    """Where a recovering cluster is reached: a socket in a directory which only the database's user may enter."""
    return Seat(port=5432, socket_dir=private_dir, tcp=False)


def _staging(cluster: Cluster) -> Path:
    """Beside the data directory, so on the same file system, where copies are cheap."""
    return cluster.data_dir.with_name(cluster.data_dir.name + "-staging")


def _stop_position(base: Base, target: TransactionEnd | None) -> Lsn | None:
    if target is None or target.end <= base.end_lsn:
        return None
    if target.start < base.end_lsn:
        raise Conflict("base-too-young", "The base ends in the middle of the transaction record asked for.")
    return target.start


def _past(base: Base, chain: Chain, target: TransactionEnd | None) -> Chain:
    """The chain from the base's timeline to the target's, cut where the target ends."""
    if target is None or target.end <= base.end_lsn:
        past = chain_until(chain, base.timeline, base.end_lsn)
    else:
        past = chain_until(chain, target.timeline, target.end)
    past = tuple(stretch for stretch in past if stretch.timeline >= base.timeline)
    if not past or past[0].timeline != base.timeline or (past[0].end or base.end_lsn) < base.end_lsn:
        raise Conflict("base-not-in-chain", "The base does not lie on the way to the moment asked for.")
    return past


def _prepare(cluster: Cluster, base: Base, private_dir: Path) -> None:
    signal_file = cluster.data_dir / "recovery.signal"
    signal_file.touch(mode=0o600)
    cluster.own(signal_file)
    private_dir.mkdir(parents=True, exist_ok=True)
    private_dir.chmod(0o700)
    cluster.own(private_dir)
    _mark_archived(cluster, base.segment_bytes)


def _mark_archived(cluster: Cluster, segment_bytes: int) -> None:
    """Say of the WAL that came with the base that it is archived: it is, in its own timeline's archive, not the new."""
    wal = cluster.data_dir / "pg_wal"
    status = wal / "archive_status"
    for path in status.iterdir():
        path.unlink()
    for path in wal.iterdir():
        if parse_segment(path.name, segment_bytes) or path.suffix == ".history":
            done = status / f"{path.name}.done"
            done.touch(mode=0o600)
            cluster.own(done)


def _where(cluster: Cluster) -> tuple[int, int, Lsn]:
    """(new timeline, its parent, where it left it), from the history file written at promotion."""
    control = read_control(cluster.installation, cluster.data_dir, cluster.owner)
    history = cluster.data_dir / "pg_wal" / history_name(control.timeline)
    if not history.exists():
        raise Failed("recovery-no-timeline", "Recovery ended without a timeline of its own.")
    last = parse_history(history.read_text())[-1]
    return control.timeline, last.timeline, last.end


def _unlink_staged(cluster: Cluster) -> None:
    """PostgreSQL let go of the segments it replayed; should it have kept one, it must not lead out of the cluster."""
    for path in (cluster.data_dir / "pg_wal").iterdir():
        if path.is_symlink():
            path.unlink(missing_ok=True)  # its checkpointer may be quicker


class _Clock:
    """Seconds of each phase, one after the other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._at = time.monotonic()

    def lap(self, phase: str) -> None:
        now = time.monotonic()
        self.seconds[phase] = now - self._at
        self._at = now
