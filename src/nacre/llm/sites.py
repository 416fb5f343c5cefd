"""The databases that call in, and connections back to them: to read for a question, to work off a queue."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nacre.branches.places import Places
from nacre.core.errors import NotFound, Unavailable
from nacre.core.names import Ref
from nacre.core.secrets import SecretBox
from nacre.engines.processes.identity import works_in
from nacre.llm.book.book import Book
from nacre.llm.elsewhere.verifier import nobodys

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    Connection = AsyncConnection[tuple[Any, ...]]

Role = Literal["llm_reader", "llm_worker"]

ELSEWHERE = "elsewhere/"
"""What the names of sites that are no branches begin with."""

_PINNED = "SET search_path = pg_catalog, pg_temp"
"""What we ask there for ourselves means PostgreSQL's own names, whatever the database's owner has made of its path."""

_IDLE_S = 60.0
_MOST_IDLE = 4
_CONNECT_S = 10


@dataclass
class _Pool:
    """Connections that nobody uses now, each with when it was left."""

    idle: list[tuple["Connection", float]] = field(default_factory=list)


class Sites:
    """Connections are kept a while for the next one; they are in autocommit, and reset in between."""

    def __init__(self, places: Places, book: Book, box: SecretBox) -> None:
        self._places = places
        self._book = book
        self._box = box
        self._pools: dict[tuple[str, str, str], _Pool] = {}
        self._sweeper: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def connect(self, site: str, database: str, role: Role) -> AsyncIterator["Connection"]:
        """A connection to a site's database. Raises NotFound "site-not-found", Unavailable "site-unreachable"."""
        pool = self._pools.setdefault((site, database, role), _Pool())
        connection = await self._taken(pool) or await self._opened(site, database, role)
        try:
            yield connection
        except BaseException:
            await connection.close()
            raise
        if connection.closed or connection.broken or len(pool.idle) >= _MOST_IDLE:
            await connection.close()
            return
        pool.idle.append((connection, time.monotonic()))
        if self._sweeper is None:
            self._sweeper = asyncio.create_task(self._sweep())

    def running(self, project: str) -> dict[str, int]:
        """The branches of a project whose Postgres runs in the open, each with the process that it is.

        By what works in their data directories: the folders above them are not for this process to list.
        """
        found = {}
        for data in _folders_at_work():
            branch = branch_of(self._places, data)
            if branch is not None and branch.project == project:
                seat = _seat(data, self._places.home / "run" / "pg")
                if seat is not None:
                    found[f"{branch.project}:{branch.branch}"] = seat[2]
        return found

    def sealed(self, site: str, role: Role, conninfo: str | None) -> str | None:
        """A connection string as it is kept."""
        return None if conninfo is None else self._box.seal(conninfo, _purpose(site, role))

    def stand_in(self, site: str) -> str:
        """What a site that nobody knows is asked for its password by."""
        return nobodys(self._box.derived("sites that nobody knows"), site)

    async def forget(self, site: str) -> None:
        """Close the connections to a site."""
        for key in [key for key in self._pools if key[0] == site]:
            for connection, _ in self._pools.pop(key).idle:
                await connection.close()

    async def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        for pool in self._pools.values():
            for connection, _ in pool.idle:
                await connection.close()
        self._pools.clear()

    async def _taken(self, pool: _Pool) -> "Connection | None":
        """One that was left idle and still works: its server may have been rewound or restarted since."""
        import psycopg

        while pool.idle:
            connection, _ = pool.idle.pop()
            try:
                await connection.rollback()
                await connection.execute("DISCARD ALL")
                await connection.execute(_PINNED)
                return connection
            except psycopg.Error:
                await connection.close()
        return None

    async def _opened(self, site: str, database: str, role: Role) -> "Connection":
        import psycopg

        where = await asyncio.to_thread(self._where, site, database, role)
        try:
            connection = await psycopg.AsyncConnection.connect(
                **where, connect_timeout=_CONNECT_S, autocommit=True, client_encoding="utf8",
                application_name="pg_llm", prepare_threshold=None,
            )  # fmt: skip
            await connection.execute(_PINNED)
            return connection
        except psycopg.Error as error:
            raise Unavailable(
                "site-unreachable",
                f"The database {database} of {site} does not let {role} in: {error}".strip(),
                hint="`nacre llm enable` installs pg_llm again, with its roles.",
            ) from error

    def _where(self, site: str, database: str, role: Role) -> dict[str, Any]:
        """A site elsewhere is the one database that it was installed in, whatever it says: beside it are others'."""
        if site.startswith(ELSEWHERE):
            return self._elsewhere(site, role)
        return self._branch(Ref.parse(site), role) | {"dbname": database}

    def _branch(self, ref: Ref, role: Role) -> dict[str, Any]:
        for data in self._places.branch(ref).glob("postgres/*/data"):
            seat = _seat(data, self._places.home / "run" / "pg")
            if seat is not None:
                return {"host": str(seat[0]), "port": seat[1], "user": role}
        raise Unavailable(
            "site-unreachable", f"The Postgres of {ref} does not run.", hint=f"`nacre start {ref}` starts it."
        )

    def _elsewhere(self, site: str, role: Role) -> dict[str, Any]:
        column = {"llm_reader": "reader", "llm_worker": "worker"}[role]
        found = self._book.read(f"SELECT {column} FROM site WHERE name = ?", (site,))  # noqa: S608
        if not found or found[0][0] is None:
            raise NotFound(
                "site-not-found", f"No connection of {role} to {site} is known.", hint="`nacre llm install` makes it."
            )
        return {"conninfo": self._box.open(found[0][0], _purpose(site, role))}

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_IDLE_S / 2)
            for pool in self._pools.values():
                stale = [pair for pair in pool.idle if time.monotonic() - pair[1] > _IDLE_S]
                pool.idle = [pair for pair in pool.idle if pair not in stale]
                for connection, _ in stale:
                    await connection.close()


def _purpose(site: str, role: Role) -> str:
    return f"site {site} {role}"


def branch_of(places: Places, data: Path) -> Ref | None:
    """The branch whose live data directory this is, or None: clusters that look at the past call nobody."""
    try:
        project, kind, branch, postgres, number, last = data.relative_to(places.home / "projects").parts
    except ValueError:
        return None
    if (kind, postgres, last) != ("branches", "postgres", "data") or not number.isdigit():
        return None
    return Ref(project, branch)


def _folders_at_work() -> set[Path]:
    """Where the processes that this one may look at work."""
    found = set()
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                found.add((process / "cwd").readlink())
    return found


def _seat(data: Path, seats: Path) -> tuple[Path, int, int] | None:
    """Socket folder, port and process of the cluster that runs on a data directory in the open: postmaster.pid."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid, port, folder = int(lines[0]), int(lines[3]), Path(lines[4])
    except (OSError, IndexError, ValueError):
        return None
    in_the_open = folder.parent == seats and folder.name == str(port)
    return (folder, port, pid) if in_the_open and works_in(data)(pid) else None
