"""The one SQLite build that opens our files."""

import sys

import apsw

from nacre.core.settings import Settings
from nacre.system.doctor.check import Check, Verdict, fail, ok, warn

OLDEST = (3, 51, 3)
"""The first release without the bug that can corrupt a database when the WAL is reset: sqlite.org/wal.html."""


class SqliteBuild(Check):
    title = "SQLite"

    def look(self, settings: Settings) -> Verdict:
        version = apsw.sqlite_lib_version()
        if tuple(int(part) for part in version.split(".")) < OLDEST:
            return fail(
                f"SQLite {version} is too old.",
                "Before 3.51.3 a reset of the write-ahead log can corrupt the database.",
                "Run ./nacre again from an unchanged checkout: it brings a newer one.",
            )
        if "_sqlite3" in sys.modules:
            return warn(
                f"Besides SQLite {version}, this process has loaded Python's own SQLite.",
                "One file must never be opened by two builds at once.",
                "Find what imports sqlite3 and let it use the store.",
            )
        return ok(f"SQLite {version}, one build only")
