"""Command lines and settings of PostgreSQL's programs, as pure functions: nothing is run here."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from nacre.engines.postgres.installation import Installation
from nacre.engines.postgres.lsn import Lsn, format_lsn
from nacre.engines.postgres.seat import Seat

_WRITTEN = "# Written by Nacre at every start.\n"
_MAP = "nacre"

SUPERUSER = "nacre"
"""Superuser of every cluster; only the daemon signs in as it."""

MEMORY_AND_HABITS = """\
# Written once by Nacre when the cluster was made; yours to tune.
# Figures: an idle cluster with these takes about 20 MB of memory (PSS, all processes).
shared_buffers = 128MB             # touched lazily: an idle small database uses a tenth of it
max_connections = 60
superuser_reserved_connections = 3
work_mem = 8MB
maintenance_work_mem = 64MB
autovacuum_max_workers = 2
autovacuum_naptime = 30s
max_worker_processes = 6
max_parallel_workers = 4
max_parallel_workers_per_gather = 2
max_prepared_transactions = 16
client_connection_check_interval = 1s  # what a client left behind ends, a question to a model among it
random_page_cost = 1.1             # solid state disks
effective_cache_size = 1GB
timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
pg_stat_statements.max = 1000
"""

EXTRA_FROM_18 = "io_workers = 1                     # each idle worker costs 0.7 MB\n"

_FIXED: dict[str, str] = {
    # History rests on these, so they stand on the command line, where no ALTER SYSTEM reaches them.
    "archive_mode": "on",
    "archive_library": "basic_archive",  # no process per segment; refuses a segment that differs
    "archive_command": "",
    "archive_timeout": "0",  # what is not archived yet is read from pg_wal
    "wal_level": "replica",
    "full_page_writes": "on",
    "fsync": "on",
    "wal_init_zero": "off",  # zeroing and recycling double the writes on copy-on-write storage
    "wal_recycle": "off",
    "max_wal_size": "1GB",
    "min_wal_size": "80MB",
    "checkpoint_timeout": "5min",
    "checkpoint_completion_target": "0.9",
    # No replication out of a cluster: slots would hold WAL back, the launcher costs 1.6 MB.
    "max_wal_senders": "0",
    "max_replication_slots": "0",
    "max_logical_replication_workers": "0",
    "shared_preload_libraries": "pg_stat_statements",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_timezone": "UTC",
    "lc_messages": "C",
}


def initdb(installation: Installation, data_dir: Path, password_file: Path) -> list[str]:
    """Make a cluster: UTF-8, scram, checksums; C.UTF-8 from the builtin provider where there is one (17)."""
    argv = [
        installation.program("initdb"),
        f"--pgdata={data_dir}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--data-checksums",
        "--no-sync",
        "--no-instructions",
    ]
    if installation.major >= 17:
        argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return argv


def postgres(installation: Installation, data_dir: Path, settings: Mapping[str, str]) -> list[str]:
    """Run a cluster in the foreground with `settings` out of reach of its configuration files."""
    argv = [installation.program("postgres"), "-D", str(data_dir)]
    if installation.extension_dirs:
        places = ":".join([*map(str, installation.extension_dirs), "$system"])
        settings = {**settings, "extension_control_path": places}
    settings = {**dict(installation.settings), **settings}
    for name, value in settings.items():
        argv += ["-c", f"{name}={value}"]
    return argv


def serving_settings(seat: Seat, archive_dir: Path) -> dict[str, str]:
    """Settings of a cluster that serves its people; loopback only, whatever the seat."""
    return {
        **_FIXED,
        "port": str(seat.port),
        "listen_addresses": "127.0.0.1" if seat.tcp else "",
        "unix_socket_directories": str(seat.socket_dir),
        "unix_socket_permissions": "0777" if seat.tcp else "0700",  # its directory is the guard
        "hba_file": str(seat.hba_file),
        "ident_file": str(seat.ident_file),
        "basic_archive.archive_directory": str(archive_dir),
    }


def recovery_settings(
    restore_from: Path, timeline: int, stop_after: Lsn | None, at_consistency: bool
) -> dict[str, str]:
    """Settings of the private run that replays WAL out of `restore_from` and promotes itself.

    It ends after the record that starts at `stop_after`; if that is None, where the backup ends (`at_consistency`) or
    else with the WAL that is there.
    What is staged as a link stays one: a clone of a segment would be read from the disk again, at 5 ms/MB on btrfs.
    Speed: nothing is flushed during the run (the caller flushes the finished directory once), full memory for
    replay, and no read-ahead, because the WAL has just been written and is in the page cache.
    """
    target = {"recovery_target": "immediate"} if at_consistency else {}
    if stop_after is not None:
        target = {"recovery_target_lsn": format_lsn(stop_after), "recovery_target_inclusive": "on"}
    return {
        "restore_command": f"cp --no-dereference --reflink=auto {_quoted(restore_from)}/%f %p",
        "recovery_target_timeline": str(timeline),
        **target,
        "recovery_target_action": "promote",
        "hot_standby": "off",
        "fsync": "off",
        "shared_buffers": "512MB",
        "recovery_prefetch": "off",
        "autovacuum": "off",
        "max_wal_size": "16GB",
        "shared_preload_libraries": "",
    }


def hba(tcp: bool, own_roles: Sequence[str] = ()) -> str:
    """Who may sign in: by password; when private, the superuser without one (the directory is the guard).

    `own_roles` are those of processes that run as the server's own user, which the kernel vouches for.
    """
    if not tcp:
        return f"{_WRITTEN}local all {SUPERUSER} trust\nlocal all all scram-sha-256\n"
    own = f"local all {','.join(own_roles)} peer map={_MAP}\n" if own_roles else ""
    return f"{_WRITTEN}{own}local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n"


def ident(user: str, own_roles: Sequence[str]) -> str:
    """Which roles the operating system's `user` may sign in as, where hba asks the kernel."""
    return _WRITTEN + "".join(f'{_MAP} "{user}" {role}\n' for role in own_roles)


def pg_waldump(installation: Installation, directory: Path, timeline: int, start: Lsn, end: Lsn | None) -> list[str]:
    """List transaction records that start at or after `start` and end at or before `end`."""
    argv = [
        installation.program("pg_waldump"),
        f"--path={directory}",
        f"--timeline={timeline}",
        f"--start={format_lsn(start)}",
        "--rmgr=Transaction",
    ]
    return argv if end is None else [*argv, f"--end={format_lsn(end)}"]


def pg_waldump_quiet(installation: Installation, directory: Path, timeline: int, start: Lsn) -> list[str]:
    """Read all WAL after `start` for the complaint at its end, which names the last whole record."""
    return [
        installation.program("pg_waldump"),
        f"--path={directory}",
        f"--timeline={timeline}",
        f"--start={format_lsn(start)}",
        "--quiet",
    ]


def pg_waldump_one(installation: Installation, directory: Path, timeline: int, start: Lsn) -> list[str]:
    """Show the one record that starts at `start`."""
    return [
        installation.program("pg_waldump"),
        f"--path={directory}",
        f"--timeline={timeline}",
        f"--start={format_lsn(start)}",
        "--limit=1",
    ]


def pg_controldata(installation: Installation, data_dir: Path) -> list[str]:
    return [installation.program("pg_controldata"), str(data_dir)]


def pg_checksums(installation: Installation, data_dir: Path) -> list[str]:
    """Check every page of a cluster that is not running and was stopped cleanly."""
    return [installation.program("pg_checksums"), "--check", f"--pgdata={data_dir}"]


def psql(installation: Installation, seat: Seat, user: str, database: str, extra: Sequence[str] = ()) -> list[str]:
    """An interactive or scripted psql; the password goes through PGPASSWORD or a service file, never here."""
    return [
        installation.program("psql"),
        f"--host={seat.socket_dir}",
        f"--port={seat.port}",
        f"--username={user}",
        f"--dbname={database}",
        *extra,
    ]


def pg_dump(
    installation: Installation,
    seat: Seat,
    user: str,
    database: str,
    section: Literal["pre-data", "data", "post-data"],
    snapshot: str,
    tables: Sequence[tuple[str, str]] = (),
) -> list[str]:
    """Write one section of a database as SQL, as an exported snapshot sees it; of all tables, or of those named.

    Owners and grants are left out: whoever reads it in owns all. The password goes through PGPASSWORD.
    """
    return [
        installation.program("pg_dump"),
        f"--host={seat.socket_dir}",
        f"--port={seat.port}",
        f"--username={user}",
        f"--dbname={database}",
        "--no-password",
        "--no-owner",
        "--no-privileges",
        f"--section={section}",
        f"--snapshot={snapshot}",
        *(f"--table={_pattern(schema)}.{_pattern(table)}" for schema, table in tables),
    ]


def psql_script(installation: Installation, seat: Seat, user: str, database: str) -> list[str]:
    """Run the SQL on standard input as one transaction: all of it or nothing."""
    options = ("--no-password", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
    return psql(installation, seat, user, database, options)


def _pattern(name: str) -> str:
    """A name as pg_dump's patterns take it literally."""
    return '"' + name.replace('"', '""') + '"'


def _quoted(path: Path) -> str:
    """A path inside a restore_command: one shell word, and %-signs doubled for PostgreSQL."""
    return "'" + str(path).replace("'", "'\\''").replace("%", "%%") + "'"
