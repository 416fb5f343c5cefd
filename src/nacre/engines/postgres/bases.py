"""Base backups of a cluster, running or stopped, by whatever means its storage allows."""

import json
import os
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, LiteralString

from psycopg import Connection

from nacre.core.errors import Conflict, Damaged, Failed
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.control import read_control
from nacre.engines.postgres.lsn import Lsn, parse_lsn
from nacre.engines.postgres.scan import WalReader
from nacre.engines.postgres.wal import parse_segment, segment_at
from nacre.engines.processes.users import Account
from nacre.engines.storage.driver import Cloned, Storage

Method = Literal["snapshot", "backup", "cold"]
MANIFEST = "base.json"
"""Written last: a directory without it is no base."""

LONGEST_REPLAY_BYTES = 64 << 20
"""Measured on btrfs: WAL full of page images replays at 1 ms/MB, and writing the pages takes another 4 ms/MB."""

# "Backing Up the Data Directory" in the manual's chapter on continuous archiving, and excludeDirContents and
# excludeFiles in backup/basebackup.c.
_LEFT_EMPTY = ("pg_replslot", "pg_dynshmem", "pg_notify", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans")
_LEFT_OUT = ("postmaster.pid", "postmaster.opts", "backup_label.old", "tablespace_map.old", "recovery.done")


@dataclass(frozen=True)
class Base:
    """A base backup in `path`/data. Replay begins at `redo_lsn`; what it holds is consistent from `end_lsn` on.

    method `snapshot`: atomic, recovers its own pg_wal first; `backup`: through the backup API, has a backup_label;
    `cold`: cloned while stopped. `bytes_copied` is 0 where blocks are shared.
    """

    path: Path
    method: Method
    timeline: int
    redo_lsn: Lsn
    end_lsn: Lsn
    time: datetime
    storage: str
    bytes_copied: int
    seconds: float
    system_identifier: int
    segment_bytes: int

    @property
    def data_dir(self) -> Path:
        return self.path / "data"


def take(
    cluster: Cluster,
    storage: Storage,
    target: Path,
    connection: Connection[Any] | None,
    *,
    now: datetime,
    longest_replay_bytes: int = LONGEST_REPLAY_BYTES,
) -> Base:
    """Make a base of `cluster` in the new directory `target`.

    `connection` is a superuser's, in autocommit; None takes a cold base of a stopped cluster. On atomic storage a
    running cluster is simply snapshotted, without backup mode; elsewhere the backup API is used. A checkpoint is made
    first if otherwise more than `longest_replay_bytes` of WAL would have to be replayed before the base is consistent
    (the backup API always makes one).
    Raises Conflict if the cluster runs and `connection` is None (or the reverse), or has tablespaces; NoSpace; Failed.
    """
    if cluster.running != (connection is not None):
        raise Conflict("base-state", "A running cluster needs a connection to be copied, a stopped one none.")
    if any((cluster.data_dir / "pg_tblspc").iterdir()):
        raise Conflict("tablespaces", "The cluster has tablespaces outside its directory, which history cannot keep.")
    started = time.monotonic()
    _make_room(target, cluster.owner)
    try:
        if connection is None:
            base = _cold(cluster, storage, target, now)
        elif storage.atomic:
            limit_replay(connection, longest_replay_bytes)
            base = _snapshot(cluster, storage, target, connection, now)
        else:
            base = _backup(cluster, storage, target, connection, now)
        base = replace(base, seconds=time.monotonic() - started)
        _write_manifest(base)
    except BaseException:
        storage.remove(target)
        raise
    return base


def load(path: Path) -> Base:
    """The base in `path`. Raises Damaged if it has no readable manifest, that is, was never finished."""
    try:
        fields = json.loads((path / MANIFEST).read_text())["base"]
    except (OSError, ValueError, KeyError) as error:
        raise Damaged("base-damaged", f"The base {path} has no readable manifest.") from error
    return Base(**{**fields, "path": path, "time": datetime.fromisoformat(fields["time"])})


@dataclass(frozen=True)
class Trace:
    """What tells whether a file was written to without reading it: its size, and when it was last modified (ns)."""

    size_bytes: int
    modified_ns: int


def traces(path: Path) -> dict[str, Trace]:
    """Every file of a base as it was when it was made. Raises Damaged."""
    try:
        noted = json.loads((path / MANIFEST).read_text())["files"]
    except (OSError, ValueError, KeyError) as error:
        raise Damaged("base-damaged", f"The base {path} has no readable manifest.") from error
    return {name: Trace(*values) for name, values in noted.items()}


def trace(data_dir: Path) -> dict[str, Trace]:
    """Every regular file below `data_dir` as it is now."""
    found: dict[str, Trace] = {}
    _trace(str(data_dir), "", found)
    return found


def _trace(folder: str, prefix: str, found: dict[str, Trace]) -> None:
    """Plain strings: a database has thousands of files, and someone waits."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _trace(entry.path, f"{prefix}{entry.name}/", found)
            else:
                status = entry.stat(follow_symlinks=False)
                found[prefix + entry.name] = Trace(status.st_size, status.st_mtime_ns)


def limit_replay(connection: Connection[Any], longest_bytes: int = LONGEST_REPLAY_BYTES) -> None:
    """Make a checkpoint if more WAL than that would be replayed from the last one; under load it takes seconds."""
    behind = _value(connection, "SELECT pg_current_wal_flush_lsn() - redo_lsn FROM pg_control_checkpoint()")
    if int(behind) > longest_bytes:
        connection.execute("CHECKPOINT")


def _snapshot(cluster: Cluster, storage: Storage, target: Path, connection: Connection[Any], now: datetime) -> Base:
    flushed = _value(connection, "SELECT pg_current_wal_flush_lsn()")
    cloned = storage.clone(cluster.data_dir, target / "data")
    return _from_clone(cluster, storage, target, cloned, "snapshot", parse_lsn(flushed), now)


def _cold(cluster: Cluster, storage: Storage, target: Path, now: datetime) -> Base:
    cloned = storage.clone(cluster.data_dir, target / "data", leave_empty=_LEFT_EMPTY)
    return _from_clone(cluster, storage, target, cloned, "cold", None, now)


def _from_clone(
    cluster: Cluster, storage: Storage, target: Path, cloned: Cloned, method: Method, near: Lsn | None, now: datetime
) -> Base:
    """Finish a clone that carries its own WAL: its end is wherever that WAL ends."""
    data_dir = target / "data"
    _clean(data_dir, storage)
    control = read_control(cluster.installation, data_dir, cluster.owner)
    reader = WalReader(cluster.installation, cluster.owner, control.segment_bytes)
    wal = data_dir / "pg_wal"
    if control.clean:
        end = reader.end_of_record(wal, control.timeline, control.checkpoint)
    else:
        end = reader.end_of_wal(wal, control.timeline, near or control.redo, control.redo)
    _drop_wal_before(wal, control.redo, control.segment_bytes)
    return Base(
        target, method, control.timeline, control.redo, end, now, storage.name, cloned.bytes_copied, cloned.seconds,
        control.system_identifier, control.segment_bytes,
    )  # fmt: skip


def _backup(cluster: Cluster, storage: Storage, target: Path, connection: Connection[Any], now: datetime) -> Base:
    start = _value(connection, "SELECT pg_backup_start('nacre', fast => true)")
    cloned = storage.clone(cluster.data_dir, target / "data", leave_empty=(*_LEFT_EMPTY, "pg_wal"))
    row = connection.execute("SELECT lsn, labelfile FROM pg_backup_stop(wait_for_archive => false)").fetchone()
    if row is None:
        raise Failed("backup-stop", "Postgres did not end the backup.")
    data_dir = target / "data"
    _clean(data_dir, storage)
    (data_dir / "pg_wal" / "archive_status").mkdir(mode=0o700)
    cluster.own(data_dir / "pg_wal" / "archive_status")
    label = data_dir / "backup_label"
    label.write_text(row[1])
    label.chmod(0o600)
    cluster.own(label)
    control = read_control(cluster.installation, data_dir, cluster.owner)
    return Base(
        target, "backup", control.timeline, parse_lsn(start), parse_lsn(row[0]), now, storage.name,
        cloned.bytes_copied, cloned.seconds, control.system_identifier, control.segment_bytes,
    )  # fmt: skip


def _make_room(target: Path, owner: Account | None) -> None:
    target.mkdir(parents=True, mode=0o711)
    target.chmod(0o711)
    if owner is not None:
        os.chown(target, owner.uid, owner.gid)


def _clean(data_dir: Path, storage: Storage) -> None:
    """Drop what belongs to the running server and not to the data; see the manual's list above."""
    for name in _LEFT_OUT:
        (data_dir / name).unlink(missing_ok=True)
    for name in _LEFT_EMPTY:
        for path in (data_dir / name).iterdir():
            storage.remove(path) if path.is_dir() else path.unlink()


def _drop_wal_before(wal: Path, redo: Lsn, segment_bytes: int) -> None:
    first = segment_at(0, redo, segment_bytes).number
    for path in wal.iterdir():
        segment = parse_segment(path.name, segment_bytes)
        if segment is not None and segment.number < first:
            path.unlink()


def _write_manifest(base: Base) -> None:
    fields = {**asdict(base), "path": "", "time": base.time.astimezone(UTC).isoformat()}
    unfinished = base.path / (MANIFEST + ".new")
    files = {name: (one.size_bytes, one.modified_ns) for name, one in trace(base.data_dir).items()}
    unfinished.write_text(json.dumps({"base": fields, "files": files}))
    unfinished.replace(base.path / MANIFEST)


def _value(connection: Connection[Any], query: LiteralString) -> str:
    row = connection.execute(query).fetchone()
    if row is None:
        raise Failed("no-answer", f"Postgres did not answer {query}.")
    return str(row[0])
