"""Damage is told of the collection that it is in, with the way out; others are not concerned."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw
from sqlalchemy import Row

from nacre.core.errors import Damaged
from nacre.core.store.soundness import sqlite_error


@contextmanager
def told_of(collection: Row[Any]) -> Iterator[None]:
    """Raises Damaged "knowledge-damaged" for what SQLite cannot read."""
    try:
        yield
    except Exception as error:
        if isinstance(error, Damaged) or isinstance(sqlite_error(error), apsw.CorruptError):
            raise damaged(collection, "a part of it cannot be read") from error
        raise


def damaged(collection: Row[Any], what: str) -> Damaged:
    return Damaged(
        "knowledge-damaged",
        f"The collection “{collection.name}” is damaged: {what}.",
        hint=f"`nacre knowledge check {collection.name}` tells what is wrong, and with --repair it is mended.",
    )
