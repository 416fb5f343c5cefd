"""A bare PostgreSQL with the SQL side of pg_llm in it, for tests that need no house."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.installation import embedded
from nacre.engines.postgres.seat import Seat
from nacre.engines.processes.users import find
from nacre.llm.assembling import installing

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
            host=str(self.seat.socket_dir), port=self.seat.port, user="nacre", dbname=database, options=as_role
        )

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
def database() -> Iterator[Database]:
    place = Path(tempfile.mkdtemp(prefix="nacre-"))
    place.chmod(0o711)
    installation = embedded(place / "engines")
    cluster = Cluster(installation, place / "data", find("nobody") if os.geteuid() == 0 else None)
    cluster.data_dir.mkdir()
    cluster.initialise("unused")
    made = Database(cluster, Seat(_free_port(), place / "s", tcp=False), place)
    made.start()
    try:
        with made.connect(database="postgres") as connection:
            connection.execute("CREATE ROLE shop LOGIN")
            connection.execute("CREATE DATABASE shop OWNER shop")
        with made.connect() as connection:
            connection.execute("CREATE EXTENSION vector")
            connection.execute(installing())
            connection.execute(_ROLES)
        yield made
    finally:
        cluster.stop("immediate")
        shutil.rmtree(place)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
