"""The machines that joined: what each is for, what it is known by, and when it was last heard of."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Row, delete, insert, select, update

from nacre import __version__
from nacre.accounts.secrets import digest, new_secret
from nacre.core.clock import Clock
from nacre.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nacre.core.names import check_slug
from nacre.core.operations import Answer
from nacre.core.principals import Kind, Principal, Role
from nacre.core.store.store import Store
from nacre.jobs.jobs import Jobs
from nacre.nodes.machine import Machine, Tells, tells_nothing
from nacre.nodes.tables import nodes

LOCAL = "local"
"""The machine of the control plane itself; it is always there."""

NodeRole = Literal["runner", "runtime", "workspace"]
NodeState = Literal["ready", "draining", "drained", "silent", "never joined", "expired"]
CREDENTIAL_PREFIX = "nacre_node_"
SILENT_AFTER = timedelta(minutes=1)
DRAINING: frozenset[NodeState] = frozenset({"draining", "drained"})
JOIN_WITHIN = timedelta(days=1)
"""A credential that nobody used by then is worth nothing: it may lie in a chat or in the history of a shell."""

_HEARD_EVERY_S = 10.0


class Node(Answer):
    """`state` is ready, draining (it takes no new work), drained (and has none left), silent (not heard of for a
    minute), never joined, or expired (nor did it in time). `lost_since` tells of one that drains, too, since when it
    is silent. `machine` is told by those that run apps, while they are heard of."""

    name: str
    roles: list[NodeRole]
    state: NodeState
    lost_since: datetime | None
    machine: Machine | None
    version: str | None
    created_by: str
    created_at: datetime
    last_heard_at: datetime | None
    address: str | None


@dataclass(frozen=True)
class Reached:
    """How a node that runs apps is reached; `fingerprint` is the SHA-256 of the certificate that it joined with."""

    name: str
    host: str
    port: int
    fingerprint: str


Keeps = Callable[[str], list[str]]
"""What a node has that nobody else would see to if it were gone, by its name."""


class Nodes:
    """Called from worker threads."""

    def __init__(self, store: Store, clock: Clock, jobs: Jobs) -> None:
        self._store = store
        self._clock = clock
        self._jobs = jobs
        self._noted_at: dict[str, float] = {}
        self._keeps: list[Keeps] = []
        self._tells: Tells = tells_nothing

    def settle(self) -> None:
        """Have this machine among them. What its runners had in hand when it last stopped is lost with them."""
        here = nodes.c.name == LOCAL
        with self._store.write() as connection:
            if connection.execute(select(nodes.c.name).where(here)).first() is None:
                roles = ["runner", "runtime", "workspace"]
                row = {"name": LOCAL, "roles": roles, "draining": False, "created_by": "nacre"}
                connection.execute(insert(nodes).values(created_at=self._clock(), **row))
            connection.execute(update(nodes).where(here).values(version=__version__, last_heard_at=self._clock()))
        self._jobs.lapse(LOCAL, "Nacre ended in the middle of it")

    def add(self, name: str, roles: list[NodeRole], by: Principal) -> tuple[Node, str]:
        """A machine that may join, and its credential, not to be had again; one that never did gets another. Raises
        Conflict "node-exists"."""
        check_slug(name, "node")
        secret = new_secret(CREDENTIAL_PREFIX)
        row = {"name": name, "roles": sorted(set(roles)), "draining": False, "created_by": str(by)}
        named = nodes.c.name == name
        with self._store.write() as connection:
            connection.execute(delete(nodes).where(named, nodes.c.last_heard_at.is_(None)))
            if connection.execute(select(nodes.c.name).where(named)).first() is not None:
                raise Conflict(
                    "node-exists", f"There is already a node “{name}”.", hint="`nacre node list` shows them all."
                )
            connection.execute(insert(nodes).values(digest=digest(secret), created_at=self._clock(), **row))
        return self.get(name), secret

    def keeps(self, keeps: Keeps) -> None:
        """Ask this before a node is removed: what it tells keeps it."""
        self._keeps.append(keeps)

    def hear(self, tells: Tells) -> None:
        """Ask this how machines are."""
        self._tells = tells

    def kept(self, name: str) -> list[str]:
        """What a node has that nobody else would see to."""
        return sorted(one for keeps in self._keeps for one in keeps(name))

    def remove(self, name: str) -> Node:
        """Its credential stops at once; what it has in hand is for others.

        Raises Conflict "node-is-this-one", "node-has-apps".
        """
        node = self.get(name)
        if name == LOCAL:
            raise Conflict(
                "node-is-this-one",
                "This is the machine that Nacre itself runs on.",
                hint="`nacre node drain local` keeps it from taking builds.",
            )
        kept = self.kept(name)
        if kept:
            raise Conflict(
                "node-has-apps",
                f"On {name} there are apps: {', '.join(kept)}.",
                hint=f"`nacre node drain {name}` has them moved, also off a node that is lost; then remove it.",
            )
        with self._store.write() as connection:
            connection.execute(delete(nodes).where(nodes.c.name == name))
        self._jobs.take_back(name, f"node {name} was removed")
        return node

    def drain(self, name: str, draining: bool) -> Node:
        """Whether it is to take no new work; what it has in hand it finishes."""
        self.get(name)
        with self._store.write() as connection:
            connection.execute(update(nodes).where(nodes.c.name == name).values(draining=draining))
        self._jobs.changes.tell()
        return self.get(name)

    def joined(self, name: str, address: str, fingerprint: str) -> None:
        """It is reached there from now on, and proves itself by that certificate. Raises InvalidInput "bad-address",
        NotAllowed "runs-no-apps"."""
        if "runtime" not in self.get(name).roles:
            raise NotAllowed(
                "runs-no-apps",
                f"The node {name} is not there to run apps.",
                hint="`nacre node add NAME --role runtime` makes one that is.",
            )
        host, colon, port = address.rpartition(":")
        if not colon or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
            raise InvalidInput("bad-address", f"“{address:.200}” is no HOST:PORT.", hint="As in 192.0.2.7:8430.")
        with self._store.write() as connection:
            here = update(nodes).where(nodes.c.name == name)
            connection.execute(here.values(address=address, fingerprint=fingerprint))
        self._jobs.changes.tell()

    def reached(self) -> list[Reached]:
        """Those that joined to run apps."""
        query = select(nodes.c.name, nodes.c.address, nodes.c.fingerprint).where(nodes.c.address.is_not(None))
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(nodes.c.name)).all()
        split = [(row, *row.address.rpartition(":")) for row in rows]
        return [Reached(row.name, host.strip("[]"), int(port), row.fingerprint) for row, host, _, port in split]

    def next_fence(self, name: str) -> int:
        """For the next that it is told; greater than all before."""
        told = update(nodes).where(nodes.c.name == name).values(fence=nodes.c.fence + 1).returning(nodes.c.fence)
        with self._store.write() as connection:
            return int(connection.execute(told).scalar() or 0)

    def all(self) -> list[Node]:
        with self._store.read() as connection:
            rows = connection.execute(select(nodes).order_by(nodes.c.name)).all()
        return [self._node(row) for row in rows]

    def get(self, name: str) -> Node:
        """Raises NotFound "node-not-found"."""
        with self._store.read() as connection:
            row = connection.execute(select(nodes).where(nodes.c.name == name)).one_or_none()
        if row is None:
            raise NotFound(
                "node-not-found", f"There is no node “{name:.100}”.", hint="`nacre node list` shows them all."
            )
        return self._node(row)

    def authenticate(self, secret: str) -> Principal | None:
        """The node that a credential stands for. It reaches no project, and no operation."""
        with self._store.read() as connection:
            row = connection.execute(select(nodes).where(nodes.c.digest == digest(secret))).one_or_none()
        if row is None or self._has_expired(row):
            return None
        return Principal(Kind.NODE, row.name, Role.VIEWER, projects=frozenset())

    def takes_work(self, name: str) -> bool:
        """Whether its runners may be given jobs now. Raises NotFound "node-not-found"."""
        node = self.get(name)
        return "runner" in node.roles and node.state not in DRAINING

    def heard(self, name: str, version: str) -> None:
        """Note that it is alive; to some seconds, since a write for each sign of life would cost more than it tells."""
        now = time.monotonic()
        if now - self._noted_at.get(name, -_HEARD_EVERY_S) < _HEARD_EVERY_S:
            return
        self._noted_at[name] = now
        with self._store.write() as connection:
            heard = update(nodes).where(nodes.c.name == name)
            connection.execute(heard.values(last_heard_at=self._clock(), version=version))

    def _node(self, row: Row[tuple[object, ...]]) -> Node:
        silent = row.name != LOCAL and row.last_heard_at is not None and self._age(row.last_heard_at) >= SILENT_AFTER
        return Node(
            name=row.name,
            roles=row.roles,
            state=self._state(row, silent),
            lost_since=row.last_heard_at if silent else None,
            machine=self._tells(row.name),
            version=row.version,
            created_by=row.created_by,
            created_at=row.created_at,
            last_heard_at=row.last_heard_at,
            address=row.address,
        )

    def _state(self, row: Row[tuple[object, ...]], silent: bool) -> NodeState:
        if row.last_heard_at is None:
            return "expired" if self._has_expired(row) else "never joined"
        if row.draining:
            return "draining" if self._jobs.in_hand()[row.name] or self.kept(row.name) else "drained"
        return "silent" if silent else "ready"

    def _has_expired(self, row: Row[tuple[object, ...]]) -> bool:
        return row.last_heard_at is None and self._age(row.created_at) >= JOIN_WITHIN

    def _age(self, then: datetime) -> timedelta:
        return self._clock() - then
