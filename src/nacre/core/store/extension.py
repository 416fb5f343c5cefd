"""Vectors in SQLite: the extension sqlite-vec, which each connection loads before it meets a table of them."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import apsw

from nacre.core.errors import Failed
from nacre.core.store.dbapi import Connection


def load_vectors(connection: Connection) -> None:
    """Takes a tenth of a millisecond. Raises Failed "no-sqlite-vec"."""
    native = connection.native
    try:
        native.enable_load_extension(True)
        native.load_extension(_library())
        native.enable_load_extension(False)
    except apsw.Error as error:
        raise Failed(
            "no-sqlite-vec",
            f"SQLite cannot load its extension for vectors, sqlite-vec: {error}.",
            hint="Set up the environment again as it is locked: delete .venv and run `./nacre doctor`.",
        ) from error


@cache
def _library() -> str:
    """Where the package sqlite-vec has it. The package itself is not imported: it would load numpy, 10 MB."""
    found = find_spec("sqlite_vec")
    return str(Path(found.origin).with_name("vec0")) if found is not None and found.origin else "sqlite-vec"
