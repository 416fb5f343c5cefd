"""The environment of a release: what its image says, what is set for the app, and how it reaches its data."""

from collections.abc import Mapping
from urllib.parse import quote

DATABASE = "/run/postgresql"
"""Where an app sees the folder of its database's socket."""

DATA = "/data"
"""Where an app sees the folder that goes back in time together with its database."""


def environment(
    app: str, release: int, of_image: Mapping[str, str], configured: Mapping[str, str], database: Mapping[str, str]
) -> dict[str, str]:
    """What is set for the app stands above what its image says; what Nacre says stands above both."""
    return {**of_image, **configured, **database, "NACRE_APP": app, "NACRE_RELEASE": str(release)}


def database_variables(role: str, password: str, port: int) -> dict[str, str]:
    """How an app reaches its database, by socket, and its folder; `role` is also the database's name."""
    where = f"host={quote(DATABASE, safe='/')}&port={port}"
    return {
        "DATABASE_URL": f"postgresql://{role}:{quote(password, safe='')}@/{role}?{where}",
        "PGHOST": DATABASE,
        "PGPORT": str(port),
        "PGUSER": role,
        "PGPASSWORD": password,
        "PGDATABASE": role,
        "NACRE_DATA": DATA,
    }
