"""Whether a database file is whole: looked at before anything is written to it, so that damage is told and not spread.

What that costs (652 MB, two cores): looking through all of it 0.17 s when it is in memory, 1 s from the disk; 2 ms for
the 3 MB of a small home.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from nacre.core.errors import Damaged, NacreError, NotAllowed
from nacre.core.store import dbapi
from nacre.core.store.extension import load_vectors

_SMALL_BYTES = 64 << 20
_MAGIC = b"SQLite format 3\0"
_SPREADS = re.compile(r"2nd reference|Freelist", re.IGNORECASE)
"""A page that is used twice, or both used and free: what is written to one table may end in another."""

_RESTORE = (
    "Nothing was changed. Put back the copy of your last backup, with nothing named data.db-wal beside it: "
    "docs/how-to/mend-a-damaged-database.md. Databases and files of projects lie elsewhere, and are not concerned."
)

Damage = Mapping[str, str]
"""The tables that are damaged, each with what is wrong in it."""


@dataclass(frozen=True)
class Soundness:
    """`whole` tells whether all of the file was looked through, or only what tells that it is ours and can be read."""

    whole: bool
    damage: Damage


def look(path: Path, bearable: Callable[[str], bool]) -> Soundness:
    """Look at a database that nobody has open; at all of it where it is small, or was not closed in good order.

    Damage in tables that are `bearable` is returned, since all else can do without them. Changes nothing. Raises
    NotAllowed "database-closed", Damaged "no-database", "not-our-database", "foreign-wal", "database-damaged".
    """
    _check_file(path)
    size, unclean = _size(path), _size(_wal(path)) > 0
    if size == 0 and not unclean:  # new
        return Soundness(True, {})
    whole = unclean or size <= _SMALL_BYTES
    with telling_damage(path):
        damage = _looked(path, whole=whole)
    if damage and unclean and _sound_alone(path):
        raise _foreign_wal(path)
    refuse_unbearable(path, damage, bearable)
    return Soundness(whole, damage)


def look_through(path: Path, connected: Callable[[apsw.Connection], None] = lambda database: None) -> Damage:
    """Look at all of a database that may be open. `connected` is handed what `interrupt` ends it by."""
    with _only_read(path) as database:
        connected(database)
        return _damage(database)


def refuse_unbearable(path: Path, damage: Damage, bearable: Callable[[str], bool]) -> None:
    """Raises Damaged "database-damaged"."""
    for table, what in damage.items():
        if not bearable(table):
            raise _damaged(path, f"table “{table}”, {what}" if table else what)


@contextmanager
def telling_damage(path: Path) -> Iterator[None]:
    """What SQLite cannot read or open is told as such: Damaged "no-database", "database-damaged", NotAllowed
    "database-closed". Every other error passes as it is."""
    try:
        yield
    except NacreError:
        raise
    except Exception as error:
        match sqlite_error(error):
            case apsw.NotADBError():
                raise _no_database(path) from error
            case apsw.CorruptError() as found:
                raise _damaged(path, str(found)) from error
            case apsw.CantOpenError() | apsw.ReadOnlyError() | apsw.PermissionsError() as found:
                raise _closed(path, str(found)) from error
        raise


def _check_file(path: Path) -> None:
    try:
        with path.open("r+b") as file:
            header = file.read(100)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _closed(path, error.strerror or str(error)) from error
    if header and not header.startswith(_MAGIC):
        raise _no_database(path)
    expected, there = _told_size(header), path.stat().st_size
    if there < expected and not _size(_wal(path)):  # what is in the log may not have reached the file
        raise _damaged(path, f"it is cut off: {there:,} of its {expected:,} bytes are there")


def _told_size(header: bytes) -> int:
    """How long its header says that the file is, in bytes; 0 where it does not know (sqlite.org/fileformat2.html)."""
    if header[24:28] != header[92:96]:
        return len(header) and 100
    page = int.from_bytes(header[16:18])
    return (65536 if page == 1 else page) * int.from_bytes(header[28:32])


def _looked(path: Path, *, whole: bool) -> Damage:
    with _only_read(path) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if tables and "alembic_version" not in tables:
            some = ", ".join(f"“{name}”" for name in sorted(tables)[:3])
            raise Damaged(
                "not-our-database",
                f"{path} is the database of another program: it has the tables {some}.",
                hint="Move it away and put Nacre's own data.db back, or set NACRE_HOME to another folder.",
            )
        return _damage(database) if whole else {}


def _damage(database: apsw.Connection) -> Damage:
    """What is wrong with the file as a whole is under the name ""."""
    said = _said(database, "PRAGMA quick_check")
    if not said:
        return {}
    spreading = next((line for line in said if _SPREADS.search(line)), None)
    if spreading is not None:
        return {"": spreading}
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    damage = {name: lines[0] for name in tables if (lines := _said(database, f"PRAGMA quick_check({_quoted(name)})"))}
    return damage or {"": said[0]}


def _said(database: apsw.Connection, pragma: str) -> list[str]:
    """The lines of an integrity check, without their common heading; none where all is well."""
    try:
        lines = [line for (told,) in database.execute(pragma) for line in str(told).splitlines()]
    except apsw.CorruptError as error:
        return [str(error)]
    return [line for line in lines if line != "ok" and not line.startswith("***")]


def _sound_alone(path: Path) -> bool:
    """Whether the file without its write-ahead log is in good order."""
    try:
        database = dbapi.Connection(
            apsw.Connection(f"file:{path}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        )
        load_vectors(database)
        try:
            return not _damage(database.native)
        finally:
            database.close()
    except apsw.Error:
        return False


@contextmanager
def _only_read(path: Path) -> Iterator[apsw.Connection]:
    """A connection that moves nothing from the write-ahead log to the file, not even when it is closed."""
    connection = dbapi.Connection(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE))
    try:
        connection.native.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        load_vectors(connection)
        connection.native.execute("PRAGMA mmap_size=30000000000; PRAGMA busy_timeout=5000")
        yield connection.native
    finally:
        connection.close()


def sqlite_error(error: BaseException | None) -> BaseException | None:
    """SQLite's own error below those that it was wrapped in."""
    while error is not None and not isinstance(error, apsw.Error):
        error = getattr(error, "orig", None) or error.__cause__
    return error


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _closed(path: Path, why: str) -> NotAllowed:
    return NotAllowed(
        "database-closed",
        f"{path} cannot be opened for writing: {why}.",
        hint=f"It and its folder must belong to the user that runs Nacre, here number {os.geteuid()}, and must not be "
        f"read-only: `ls -la {path.parent}` shows them.",
    )


def _no_database(path: Path) -> Damaged:
    return Damaged("no-database", f"{path} is no SQLite database, or its beginning was overwritten.", hint=_RESTORE)


def _damaged(path: Path, what: str) -> Damaged:
    return Damaged("database-damaged", f"{path} is damaged: {what}.", hint=_RESTORE)


def _foreign_wal(path: Path) -> Damaged:
    return Damaged(
        "foreign-wal",
        f"{_wal(path)} does not fit {path}: it is damaged, or the log of another database. By itself the database is "
        "sound, as of the last time when its log was written back.",
        hint=f"Nothing was changed. If you copied one of the two here, copy both. Otherwise move {path.name}-wal and "
        f"{path.name}-shm away, and what was written since then is lost.",
    )
