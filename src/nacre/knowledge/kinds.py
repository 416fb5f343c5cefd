"""Which index there is for which kind of database."""

from nacre.core.store.database import Database
from nacre.knowledge.index import Index


def index_of(database: Database) -> Index:
    """The one for the kind of this database. Each is loaded only where it is used: drivers are heavy."""
    with database.read() as connection:
        dialect = connection.dialect.name
    if dialect == "postgresql":
        from nacre.knowledge.on_postgres.index import OnPostgres

        return OnPostgres(database)
    from nacre.knowledge.on_sqlite.index import OnSqlite

    return OnSqlite(database)
