"""Vectors in SQLite: the extension sqlite-vec, which each connection loads before it meets a table of them."""

import apsw
import sqlite_vec

from nacre.core.errors import Failed
from nacre.core.store.dbapi import Connection


def load_vectors(connection: Connection) -> None:
    """Takes a tenth of a millisecond. Raises Failed "no-sqlite-vec"."""
    native = connection.native
    try:
        native.enable_load_extension(True)
        native.load_extension(sqlite_vec.loadable_path())
        native.enable_load_extension(False)
    except apsw.Error as error:
        raise Failed(
            "no-sqlite-vec",
            f"SQLite cannot load its extension for vectors, sqlite-vec: {error}.",
            hint="Set up the environment again as it is locked: delete .venv and run `./nacre doctor`.",
        ) from error
