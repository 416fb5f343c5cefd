"""Which extensions a person gets: those anyone may create, those the daemon creates for them, and those it refuses."""

from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from nacre.core.errors import InvalidInput, NotAllowed, NotFound

ON_REQUEST: dict[str, str] = {
    "pg_llm": "Nacre's own: language models, through its side-car alone",
    "vector": "types and indexes for embeddings; no access to files or network",
    "pg_stat_statements": "shows statistics of the cluster's own statements",
    "hypopg": "imagines indexes, for the planner of one session",
    "bloom": "an index method",
    "cube": "a type",
    "dict_xsyn": "a text search dictionary that reads only the server's own tsearch_data",
    "dict_int": "a text search dictionary",
    "earthdistance": "functions on cube",
    "intagg": "an aggregate, kept for old dumps",
    "insert_username": "a trigger function",
    "autoinc": "a trigger function",
    "moddatetime": "a trigger function",
    "refint": "trigger functions",
    "pg_buffercache": "shows the cluster's own buffer cache",
    "pg_prewarm": "loads relations into the cluster's own cache",
    "pgrowlocks": "shows row locks, checks privileges itself",
    "pgstattuple": "measures tables, guarded by pg_stat_scan_tables",
    "pg_freespacemap": "shows free space, guarded by pg_stat_scan_tables",
    "pg_visibility": "shows visibility maps, guarded by pg_stat_scan_tables",
    "amcheck": "checks indexes, granted by the superuser only",
}
"""Not marked trusted by PostgreSQL, but harmless to a neighbour: the daemon creates them when asked."""

REFUSED: dict[str, str] = {
    "adminpack": "writes server files",
    "file_fdw": "reads every file of the shared operating system user, and runs programs",
    "dblink": "opens connections from the server, to other branches' clusters too",
    "postgres_fdw": "opens connections from the server, to other branches' clusters too",
    "pageinspect": "shows rows past row security and crashes the server on made-up pages",
    "pg_surgery": "destroys rows on purpose",
    "pg_walinspect": "shows the data of all databases and people",
    "pg_logicalinspect": "reads server files",
    "plpython3u": "runs code as the shared operating system user",
    "plperlu": "runs code as the shared operating system user",
    "pltclu": "runs code as the shared operating system user",
}
"""Why each stays with the daemon's superuser."""


def create_extension(connection: Connection[Any], name: str) -> None:
    """Create extension `name`, with what it needs, in the schema public of a superuser's `connection`; idempotent.

    Raises NotAllowed with the reason for those that would let one person reach another's data, NotFound if this
    PostgreSQL does not have it, InvalidInput for one that nobody has judged yet.
    """
    if name in REFUSED:
        raise NotAllowed("extension-refused", f"The extension {name} is not available here: it {REFUSED[name]}.")
    row = connection.execute(
        "SELECT bool_or(trusted) FROM pg_available_extension_versions WHERE name = %s", [name]
    ).fetchone()
    if row is None or row[0] is None:
        raise NotFound("extension-unknown", f"This PostgreSQL has no extension {name}.")
    if not row[0] and name not in ON_REQUEST:
        raise InvalidInput("extension-unjudged", f"The extension {name} is not on the list of safe extensions.")
    connection.execute(SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public CASCADE").format(Identifier(name)))
