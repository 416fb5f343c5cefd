"""Which SQLite may be trusted with what must not be lost."""

from nacre.core.errors import Failed

_OLDEST_SQLITE = (3, 51, 3)


def check_version(version: tuple[int, ...]) -> None:
    """Refuse an SQLite that can lose writes when it restarts its WAL (mended in 3.51.3: sqlite.org/wal.html)."""
    if version < _OLDEST_SQLITE:
        raise Failed(
            "sqlite-too-old",
            f"SQLite {'.'.join(map(str, version))} can corrupt its write-ahead log; 3.51.3 or newer is needed.",
            hint="Set up the environment again as it is locked: delete .venv and run `./nacre doctor`.",
        )
