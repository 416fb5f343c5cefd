"""A real PostgreSQL for what works on either database, as several control planes would share it."""

import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, create_engine

from nacre.core.store.tables import metadata
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.installation import embedded
from nacre.engines.postgres.seat import Seat
from nacre.engines.processes.users import find


class OnPostgres:
    """What a Store is on SQLite."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection


@contextmanager
def postgres_with(tables: Sequence[Table]) -> Iterator[Engine]:
    """A cluster of its own for the length of the block, in which there are these tables."""
    with tempfile.TemporaryDirectory(prefix="nacre-tables-") as folder, socket.socket() as probe:
        place = Path(folder)
        place.chmod(0o711)
        probe.bind(("127.0.0.1", 0))
        seat = Seat(int(probe.getsockname()[1]), place / "s", tcp=False)
        (place / "data").mkdir()
        cluster = Cluster(embedded(place), place / "data", find("nobody") if os.geteuid() == 0 else None)
        cluster.initialise("open sesame")
        cluster.start(seat, place / "wal", place / "log")
        url = f"postgresql+psycopg://nacre:open sesame@/postgres?host={seat.socket_dir}&port={seat.port}"
        engine = create_engine(url, pool_size=20)
        metadata.create_all(engine, tables=tables)
        try:
            yield engine
        finally:
            engine.dispose()
            cluster.stop("immediate")
