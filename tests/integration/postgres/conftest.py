"""A world with one running cluster, on each kind of storage."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from tests.ports import free_port

from nacre.engines.postgres.bases import Base, take
from nacre.engines.postgres.cluster import Cluster
from nacre.engines.postgres.commits import Commits
from nacre.engines.postgres.installation import Installation, embedded
from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.recovery import Reached, private_seat, recover, settle
from nacre.engines.postgres.scan import WalReader
from nacre.engines.postgres.seat import Seat
from nacre.engines.postgres.session import connect
from nacre.engines.postgres.timeline import Chain, Stretch, chain_until
from nacre.engines.postgres.transactions import TransactionEnd
from nacre.engines.postgres.walindex import WalIndex
from nacre.engines.processes.users import Account, find
from nacre.engines.storage.detect import detect
from nacre.engines.storage.driver import Storage

PASSWORD = "open sesame"
FIRST_LSN = Lsn(0x1000000)
"""Where the WAL of a new cluster begins: segment 0 is never used."""


@dataclass
class Life:
    """One generation: a cluster, its archive, and the chain of WAL that leads to its present."""

    world: "World"
    name: str
    cluster: Cluster
    seat: Seat
    past: Chain = ()
    timeline: int = 1
    began: Lsn = FIRST_LSN
    bases: int = 0

    @property
    def archive(self) -> Path:
        return self.world.place / self.name / "wal"

    @property
    def chain(self) -> Chain:
        own = Stretch(self.timeline, self.began, None, self.archive, self.cluster.data_dir / "pg_wal")
        return (*self.past, own)

    @property
    def commits(self) -> Commits:
        reader = WalReader(self.cluster.installation, self.cluster.owner)
        return Commits(reader, self.chain, lambda stretch: WalIndex(reader, stretch))

    def start(self) -> None:
        self.cluster.start(self.seat, self.archive, self.world.place / "log")

    @contextmanager
    def connect(self, **how: Any) -> Iterator[Connection[tuple[Any, ...]]]:
        with connect(self.seat, **{"password": PASSWORD, **how}) as connection:
            connection.execute("SET search_path = public")  # the daemon's own sessions see pg_catalog alone
            yield connection

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else []

    def rows(self) -> list[int]:
        return [row[0] for row in self.sql("SELECT n FROM numbers ORDER BY n")]

    def insert(self, *numbers: int) -> list[datetime]:
        """Commit each number in a transaction of its own; returns a time just after each commit."""
        times = []
        for number in numbers:
            self.sql(f"INSERT INTO numbers VALUES ({number})")
            times.append(self.sql("SELECT clock_timestamp()")[0][0])
        return times

    def base(self) -> Base:
        self.bases += 1
        target = self.world.place / self.name / "bases" / str(self.bases)
        with self.connect() as connection:
            return take(self.cluster, self.world.storage, target, connection, now=datetime.now(UTC))

    def cold_base(self) -> Base:
        self.bases += 1
        target = self.world.place / self.name / "bases" / str(self.bases)
        return take(self.cluster, self.world.storage, target, None, now=datetime.now(UTC))

    def recover(self, base: Base, target: TransactionEnd | None, name: str) -> "tuple[Life, Reached]":
        place = self.world.place / name
        place.mkdir()
        cluster = Cluster(self.cluster.installation, place / "data", self.cluster.owner)
        private = self.world.sockets / name
        reached = recover(
            base, self.chain, target, cluster, self.world.storage,
            private_dir=private, archive_dir=place / "wal", log_path=self.world.place / f"log-{name}",
        )  # fmt: skip
        assert cluster.running
        with connect(private_seat(private)) as connection:
            assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
        settle(cluster, private)
        assert not [path for path in (cluster.data_dir / "pg_wal").rglob("*") if path.is_symlink()]
        seat = Seat(free_port(), self.world.sockets / f"{name}-seat")
        past = chain_until(self.chain, reached.parent_timeline, reached.lsn)
        life = Life(self.world, name, cluster, seat, past, reached.timeline, reached.lsn)
        self.world.lives.append(life)
        life.start()
        return life, reached


@dataclass
class World:
    """A directory on some storage and the clusters made in it."""

    place: Path
    sockets: Path
    """A short path, as unix sockets need."""
    storage: Storage
    owner: Account | None
    installation: Installation
    lives: list[Life] = field(default_factory=list)

    def first_life(self) -> Life:
        (self.place / "first").mkdir()
        data_dir = self.place / "first" / "data"
        self.storage.create(data_dir)
        cluster = Cluster(self.installation, data_dir, self.owner)
        cluster.initialise(PASSWORD)
        life = Life(self, "first", cluster, Seat(free_port(), self.sockets / "first"))
        self.lives.append(life)
        life.start()
        life.sql("CREATE TABLE numbers (n int PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())")
        return life


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """The embedded PostgreSQL where every user reaches it.

    Outside pytest's own directory, which each new pytest session of the machine makes private again.
    """
    with tempfile.TemporaryDirectory(prefix="nacre-engines-") as engines:
        Path(engines).chmod(0o711)
        yield embedded(Path(engines))


@pytest.fixture
def plain_dir() -> Iterator[Path]:
    """An empty directory on the file system of temporary files; see `installation` for why not pytest's."""
    with tempfile.TemporaryDirectory(prefix="nacre-plain-") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


@pytest.fixture(
    params=[
        pytest.param("btrfs", marks=pytest.mark.root),
        pytest.param("xfs", marks=pytest.mark.root),
        "plain",
    ]
)
def any_dir(request: pytest.FixtureRequest) -> Path:
    """An empty directory on each kind of storage in turn."""
    found: Path = request.getfixturevalue(f"{request.param}_dir")
    return found


@pytest.fixture
def world(any_dir: Path, installation: Installation) -> Iterator[World]:
    yield from _world(any_dir, installation)


@pytest.fixture
def plain_world(plain_dir: Path, installation: Installation) -> Iterator[World]:
    yield from _world(plain_dir, installation)


def _world(place: Path, installation: Installation) -> Iterator[World]:
    owner = find("nobody") if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="nacre-") as sockets:
        Path(sockets).chmod(0o711)
        world = World(place, Path(sockets), detect(place), owner, installation)
        yield world
        for life in world.lives:
            life.cluster.stop("immediate")
