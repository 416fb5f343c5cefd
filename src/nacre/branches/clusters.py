"""The Postgres of every branch: started, kept running, stopped, reached."""

import asyncio
import shutil
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from psycopg import Connection

from nacre.branches.catalog import Branch, Catalog, Generation
from nacre.branches.places import Places
from nacre.core.errors import Conflict, Damaged, Failed, NotFound, Unavailable
from nacre.engines.postgres.cluster import Cluster, StopMode
from nacre.engines.postgres.control import read_control
from nacre.engines.postgres.freeze import thaw
from nacre.engines.postgres.installation import Installation
from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.scan import WalReader
from nacre.engines.postgres.seat import Seat
from nacre.engines.postgres.session import connect
from nacre.engines.processes.identity import Identity, identify
from nacre.engines.processes.supervisor import Status, Supervisor
from nacre.engines.processes.users import Account

T = TypeVar("T")
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class BranchPostgres:
    """A branch's live cluster as a service of the supervisor."""

    name: str
    cluster: Cluster
    seat: Seat
    archive_dir: Path
    log_path: Path | None

    async def start(self) -> Identity:
        assert self.log_path is not None
        running = await asyncio.to_thread(self.cluster.start, self.seat, self.archive_dir, self.log_path)
        return Identity(running.pid, running.start_ticks)

    async def adopt(self) -> Identity | None:
        running = await asyncio.to_thread(self.cluster.adopt_to_keep)
        return None if running is None else identify(running.pid)

    async def stop(self) -> None:
        await asyncio.to_thread(end, self.cluster)

    def how_it_ended(self) -> str:
        return f"Postgres of {self.name} ended; its log is {self.log_path}"


def end(cluster: Cluster, mode: StopMode = "fast") -> None:
    """Stop a cluster; one that crashes over and over may not heed that, and is ended as a crash would."""
    try:
        cluster.stop(mode, timeout_s=_PATIENCE_S)
    except Failed:
        cluster.stop("immediate")


class Clusters:
    """`loop` is the daemon's event loop, where the supervisor lives; the methods are called from worker threads."""

    def __init__(
        self,
        catalog: Catalog,
        places: Places,
        installation: Installation,
        owner: Account | None,
        supervisor: Supervisor,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.installation = installation
        self.owner = owner
        self._catalog = catalog
        self._places = places
        self._supervisor = supervisor
        self._loop = loop

    def cluster(self, branch: Branch, generation: Generation) -> Cluster:
        return self.at(self._places.data(branch.ref, generation.number))

    def at(self, data_dir: Path) -> Cluster:
        return Cluster(self.installation, data_dir, self.owner)

    def live(self, branch: Branch) -> Cluster:
        """The cluster that is the branch's database now."""
        return self.cluster(branch, self.live_generation(branch))

    def live_generation(self, branch: Branch) -> Generation:
        if branch.generation_id is None:
            raise Conflict("branch-not-ready", f"{branch.ref} is still being created.", hint="Try again in a moment.")
        return self._catalog.generation(branch.generation_id)

    def seat(self, branch: Branch) -> Seat:
        return Seat(branch.port, self._places.home / "run" / "pg" / str(branch.port))

    def private_seat(self, name: str) -> Seat:
        """A seat no person can reach, for clusters that are being recovered or looked at."""
        return Seat(5432, self._places.home / "run" / "pg" / name, tcp=False)

    def sweep_seats(self) -> None:
        """After a start, once nothing private runs any more: remove the seats that belong to no branch."""
        kept = {str(branch.port) for branch in self._catalog.all_branches()}
        for folder in (self._places.home / "run" / "pg").iterdir():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def thaw(self, branch: Branch) -> None:
        """Let a live cluster run on that a daemon was killed over while it held it still."""
        running = self.live(branch).adopt()
        if running is not None:
            thaw(running)

    def start(self, branch: Branch) -> None:
        """Start the live cluster (or adopt it) and keep it running. Raises Failed with the log's last lines."""
        if self._status(branch) is None:
            self._on_loop(self._supervisor.start(self._service(branch)))

    def keep(self, branch: Branch) -> None:
        """As `start`, but in the background, and trying again when it fails."""
        service = self._service(branch)

        async def keep() -> None:
            self._supervisor.keep(service)

        if self._status(branch) is None:
            self._on_loop(keep())

    def prepare_stop(self, branch: Branch) -> None:
        """Write out what is dirty while the cluster still serves, so that its stop is short."""
        with self.admin(branch) as connection:
            connection.execute("CHECKPOINT")

    @contextmanager
    def writing_out(self, branch: Branch) -> Iterator[None]:
        """As `prepare_stop`, beside the block: most of what is dirty is on disk at its end."""
        if not self.serves(branch):
            yield
            return
        with ThreadPoolExecutor(1, "write-out") as pool:
            written = pool.submit(self.prepare_stop, branch)
            yield
        written.result()

    def stop(self, branch: Branch, mode: StopMode = "fast") -> None:
        """Stop the live cluster and keep it stopped."""
        if self._status(branch) is not None:
            self._on_loop(self._supervisor.release(_name(branch)))
        end(self.live(branch), mode)

    def stopped_at(self, branch: Branch, generation: Generation) -> Lsn:
        """The WAL position at which a stopped cluster was shut down: the start of its last checkpoint record."""
        cluster = self.cluster(branch, generation)
        return read_control(cluster.installation, cluster.data_dir, cluster.owner).checkpoint

    def wakes_at(self, branch: Branch, generation: Generation, lsn: Lsn) -> bool:
        """Whether a stopped cluster was shut down at `lsn` and what its start reads first is intact."""
        cluster = self.cluster(branch, generation)
        reader = WalReader(cluster.installation, cluster.owner, generation.segment_bytes)
        try:
            if self.stopped_at(branch, generation) != lsn:
                return False
            reader.end_of_record(cluster.data_dir / "pg_wal", generation.timeline, lsn)
        except Damaged:
            return False
        return True

    def status(self, branch: Branch) -> Status | None:
        """How the branch's Postgres is kept, or None when it is not."""
        return self._status(branch)

    def serves(self, branch: Branch) -> bool:
        """Whether the live cluster answers; one that is broken may run for a while, again and again, without."""
        try:
            with self.admin(branch):
                return True
        except Unavailable:
            return False

    def url(self, branch: Branch) -> str:
        """The connection string for people: it stays the same whatever the branch goes through."""
        project = branch.ref.project
        password = quote(self._catalog.password(branch), safe="")
        return f"postgresql://{project}:{password}@127.0.0.1:{branch.port}/{project}"

    @contextmanager
    def admin(self, branch: Branch, database: str = "postgres") -> Iterator[Connection[tuple[Any, ...]]]:
        """A superuser's connection to the live cluster. In people's databases it must run nothing of theirs."""
        password = self._catalog.admin_password(branch)
        with connect(self.seat(branch), password=password, database=database) as connection:
            yield connection

    @contextmanager
    def person(self, branch: Branch, database: str | None = None) -> Iterator[Connection[tuple[Any, ...]]]:
        """A connection to the live cluster as the person's own role, by default to the project's database."""
        name = branch.ref.project
        password = self._catalog.password(branch)
        with connect(self.seat(branch), user=name, password=password, database=database or name) as connection:
            yield connection

    def _service(self, branch: Branch) -> BranchPostgres:
        generation = self.live_generation(branch)
        return BranchPostgres(
            name=_name(branch),
            cluster=self.cluster(branch, generation),
            seat=self.seat(branch),
            archive_dir=self._places.wal(branch.ref, generation.number),
            log_path=self._places.postgres_log(branch.ref),
        )

    def _status(self, branch: Branch) -> Status | None:
        async def status() -> Status | None:
            try:
                return self._supervisor.status(_name(branch))
            except NotFound:
                return None

        return self._on_loop(status())

    def _on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _name(branch: Branch) -> str:
    return f"postgres {branch.ref}"
