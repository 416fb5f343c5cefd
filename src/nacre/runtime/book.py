"""Reads and writes the rows of placements and instances."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import delete, insert, select, update

from nacre.core.clock import Clock
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.engines.oci.digests import Digest
from nacre.runtime.deployed import DEPLOYED, Deployed
from nacre.runtime.tables import cron_runs, instances, placements

Wanted = Literal["running", "stopped"]


@dataclass(frozen=True)
class Placement:
    """Where an app is run, and what of it. `instance_id` is None until a release has served."""

    app: str
    node: str
    wanted: Wanted
    instance_id: int | None
    seen_at: datetime | None


class Numbered(NamedTuple):
    """An instance by its number, and the node that it is on."""

    number: int
    app: str
    release: int
    node: str


class Book:
    """`deployed` rows are sealed: whoever reads the database alone learns no secret."""

    def __init__(self, store: Store, box: SecretBox, clock: Clock) -> None:
        self._store = store
        self._box = box
        self._clock = clock
        self._nodes: dict[int, str] = {}

    def placements(self) -> list[Placement]:
        with self._store.read() as connection:
            rows = connection.execute(select(placements).order_by(placements.c.app)).all()
        return [Placement(**row._mapping) for row in rows]

    def placement(self, app: str) -> Placement | None:
        with self._store.read() as connection:
            row = connection.execute(select(placements).where(placements.c.app == app)).one_or_none()
        return None if row is None else Placement(**row._mapping)

    def place(self, app: str, node: str) -> Placement:
        """Where the app is; on `node` from now on if it is nowhere."""
        with self._store.write() as connection:
            if connection.execute(select(placements.c.app).where(placements.c.app == app)).first() is None:
                connection.execute(insert(placements).values(app=app, node=node, wanted="running"))
            row = connection.execute(select(placements).where(placements.c.app == app)).one()
        return Placement(**row._mapping)

    def want(self, app: str, wanted: Wanted) -> None:
        with self._store.write() as connection:
            connection.execute(update(placements).where(placements.c.app == app).values(wanted=wanted))

    def serve(self, app: str, instance_id: int) -> None:
        """From now on this instance is the app's."""
        with self._store.write() as connection:
            connection.execute(update(placements).where(placements.c.app == app).values(instance_id=instance_id))

    def seen(self, node: str) -> None:
        """The node's heartbeat."""
        with self._store.write() as connection:
            connection.execute(update(placements).where(placements.c.node == node).values(seen_at=self._clock()))

    def instances(self, app: str) -> list[tuple[int, Deployed]]:
        """Number and content of each, the oldest first."""
        query = select(instances.c.id, instances.c.deployed).where(instances.c.app == app).order_by(instances.c.id)
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        return [(row.id, DEPLOYED.validate_json(self._box.open(row.deployed, _purpose(app)))) for row in rows]

    def numbers(self) -> list[Numbered]:
        """Every instance, the oldest first. Where one is never changes, and is unsealed once."""
        query = select(instances.c.id, instances.c.app, instances.c.release).order_by(instances.c.id)
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        for app in {row.app for row in rows if row.id not in self._nodes}:
            self._nodes.update({number: deployed.node for number, deployed in self.instances(app)})
        # One that was struck out meanwhile is named by none who looks again.
        return [Numbered(row.id, row.app, row.release, self._nodes[row.id]) for row in rows if row.id in self._nodes]

    def digests(self) -> set[Digest]:
        """The images that anything of ours is run from."""
        return {deployed.digest for app in self._apps() for _, deployed in self.instances(app)}

    def move(self, app: str, node: str) -> None:
        """From now on the app is on this node."""
        with self._store.write() as connection:
            connection.execute(update(placements).where(placements.c.app == app).values(node=node))

    def enter(self, deployed: Deployed, number: int | None = None) -> int:
        """The number of a new instance, where it was not given one elsewhere."""
        sealed = self._box.seal(DEPLOYED.dump_json(deployed).decode(), _purpose(deployed.app))
        values: dict[str, object] = {
            "app": deployed.app,
            "release": deployed.release,
            "deployed": sealed,
            "made_at": self._clock(),
        }
        if number is not None:
            values["id"] = number
        with self._store.write() as connection:
            return int(connection.execute(insert(instances).values(**values).returning(instances.c.id)).scalar_one())

    def strike(self, instance_id: int) -> None:
        with self._store.write() as connection:
            connection.execute(delete(instances).where(instances.c.id == instance_id))

    def _apps(self) -> list[str]:
        with self._store.read() as connection:
            return [row.app for row in connection.execute(select(instances.c.app).distinct())]

    def remove(self, app: str) -> None:
        """All of an app."""
        with self._store.write() as connection:
            for table in (placements, instances, cron_runs):
                connection.execute(delete(table).where(table.c.app == app))


def _purpose(app: str) -> str:
    return f"app {app}"
