"""The driver's connection beneath SQLAlchemy's, in the same transaction: it copies rows in, and hands vectors out as
they are."""

from typing import Any

import psycopg
from sqlalchemy import Connection

Native = psycopg.Connection[tuple[Any, ...]]


def native(connection: Connection) -> Native:
    beneath = connection.connection.dbapi_connection
    assert isinstance(beneath, psycopg.Connection)
    return beneath


def storable(text: str) -> str:
    """PostgreSQL's texts hold every character but the first."""
    return text.replace("\0", "\ufffd")
