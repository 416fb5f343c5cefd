"""A bare PostgreSQL with the SQL side of pg_llm in it, for tests that need no house; of either version."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.ports import free_port

from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.installation import at, embedded
from nacre.engines.postgres.seat import Seat
from nacre.engines.processes.users import find
from nacre.llm.assembling import PG_LLM

DEBIANS = Path("/usr/lib/postgresql/15/bin")
"""A PostgreSQL that is not Nacre's."""

_ITS_VECTORS = Path("/usr/share/postgresql/15/extension/vector.control")

BOTH = ("18", "15")
"""The one that Nacre brings, and the oldest that is supported."""

_PASSWORD = "asked-for-where-there-is-tcp"
_ROLES = "GRANT llm_user, llm_admin TO shop; CREATE ROLE clerk LOGIN IN ROLE llm_user"


class Database:
    """One database of a bare cluster; everybody comes over its private socket, as a role that is set at the start."""

    def __init__(self, cluster: Cluster, seat: Seat, place: Path) -> None:
        self.cluster = cluster
        self.seat = seat
        self._place = place

    def conninfo(self, role: str = "nacre", database: str = "shop") -> str:
        as_role = "" if role == "nacre" else f"-c role={role}"
        return psycopg.conninfo.make_conninfo(
            host=str(self.seat.socket_dir), port=self.seat.port, user="nacre", password=_PASSWORD, dbname=database,
            options=as_role,
        )  # fmt: skip

    def connect(self, role: str = "nacre", database: str = "shop") -> "psycopg.Connection[Any]":
        return psycopg.connect(self.conninfo(role, database), autocommit=True)

    def sql(self, text: str, *values: Any, role: str = "shop") -> list[tuple[Any, ...]]:
        with self.connect(role) as connection:
            cursor = connection.execute(text, values or None)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        self.cluster.start(self.seat, self._place / "wal", self._place / "log")

    def crash(self) -> None:
        """As a power cut: nothing is written out, and every connection is gone."""
        self.cluster.stop("immediate")


@contextmanager
def bare(version: str = "18", *, tcp: bool = False) -> Iterator[Database]:
    """A PostgreSQL with an empty database `shop`, which a role of that name owns; skips the test without one."""
    debian = debians() if version == "15" else None
    place = Path(tempfile.mkdtemp(prefix="nacre-"))
    place.chmod(0o711)
    installation = embedded(place / "engines") if debian is None else at(debian)
    cluster = Cluster(installation, place / "data", find("nobody") if os.geteuid() == 0 else None)
    cluster.data_dir.mkdir()
    cluster.initialise(_PASSWORD)
    made = Database(cluster, Seat(free_port(), place / "s", tcp), place)
    made.start()
    try:
        with made.connect(database="postgres") as connection:
            connection.execute("CREATE ROLE shop LOGIN")
            connection.execute("CREATE DATABASE shop OWNER shop")
        yield made
    finally:
        cluster.stop("immediate")
        shutil.rmtree(place)


@contextmanager
def database(version: str = "18") -> Iterator[Database]:
    """One with pgvector and pg_llm in it, as on Nacre's own servers; its `clerk` may call models."""
    with bare(version) as made:
        with made.connect() as connection:
            connection.execute("CREATE EXTENSION vector")
            connection.execute(PG_LLM.installing())
            connection.execute(_ROLES)
        yield made


def debians() -> Path:
    """The programs of Debian's PostgreSQL 15; skips the test where it, or pgvector for it, is missing."""
    if not (DEBIANS.is_dir() and _ITS_VECTORS.exists()):
        pytest.skip("needs Debian's postgresql-15, and what dev/pgvector builds for it")
    return DEBIANS
