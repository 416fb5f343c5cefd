"""SQLAlchemy's SQLite dialect on top of apsw."""

from types import ModuleType
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.engine.url import URL

from nacre.core.store import dbapi


class ApswDialect(SQLiteDialect):
    """A transaction is BEGIN IMMEDIATE (a writer says so at once, and waits); AUTOCOMMIT connections begin none."""

    driver = "apsw"
    supports_statement_cache = True
    default_paramstyle = "qmark"

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        return dbapi

    def create_connect_args(self, url: URL) -> tuple[list[str], dict[str, Any]]:
        return [url.database or ":memory:"], {}

    def _get_server_version_info(self, connection: Connection) -> tuple[int, ...]:
        """Called by SQLAlchemy; reflection, and with it batch migrations, need to know."""
        return dbapi.sqlite_version_info

    def get_isolation_level_values(self, dbapi_connection: Any) -> list[IsolationLevel]:
        return ["SERIALIZABLE", "AUTOCOMMIT"]

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        dbapi_connection.autocommit = level == "AUTOCOMMIT"

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        return "AUTOCOMMIT" if dbapi_connection.autocommit else "SERIALIZABLE"

    def do_begin(self, dbapi_connection: Any) -> None:
        if not dbapi_connection.autocommit:
            dbapi_connection.begin()


registry.register("sqlite.apsw", __name__, "ApswDialect")
