"""How a release reaches its data; what is set for the app, and its image, say the rest of its environment."""

from urllib.parse import quote

DATABASE = "/run/postgresql"
"""Where an app sees the folder of its database's socket."""


def database_variables(role: str, password: str, port: int) -> dict[str, str]:
    """How an app reaches its database, by socket, as libpq reads it; `role` is also the database's name."""
    where = f"host={quote(DATABASE, safe='/')}&port={port}"
    return {
        "DATABASE_URL": f"postgresql://{role}:{quote(password, safe='')}@/{role}?{where}",
        "PGHOST": DATABASE,
        "PGPORT": str(port),
        "PGUSER": role,
        "PGPASSWORD": password,
        "PGDATABASE": role,
    }
