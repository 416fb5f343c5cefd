"""Which instances are on other machines, as they are written down, and what follows from that for the wires."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nacre.engines.wires.plan import Line, Machine, NearPlan
from nacre.nodes.nodes import Reached
from nacre.runtime.afar.messages import AGENT, Wanted, WantedApp, app_door, database_door
from nacre.runtime.book import Placement
from nacre.runtime.deployed import Deployed


@dataclass(frozen=True)
class FarInstance:
    """One on another machine; `socket` is this machine's end of the line to it."""

    number: int
    deployed: Deployed
    socket: Path

    @property
    def app(self) -> str:
        return self.deployed.app

    @property
    def node(self) -> str:
        return self.deployed.node


@dataclass(frozen=True)
class Ledger:
    """All placements, the instances on other machines, and those of them that are being prepared."""

    placements: Mapping[str, Placement]
    far: tuple[FarInstance, ...]
    preparing: frozenset[int]

    def current(self, app: str) -> FarInstance | None:
        """The one that serves, or would; None when that is on this machine."""
        placement = self.placements.get(app)
        number = placement.instance_id if placement else None
        return next((one for one in self.far if one.app == app and one.number == number), None)

    def of(self, app: str) -> list[FarInstance]:
        return [one for one in self.far if one.app == app]

    def wanted(self, node: str) -> Wanted:
        """What a node is to run."""
        return Wanted(apps=tuple(self._wanted(app, node) for app in self._apps_on(node)))

    def plan(self, nodes: Iterable[Reached], folder: Path, also: Mapping[str, Deployed]) -> NearPlan:
        """For the relay: `also` are releases of which a command runs, by their app.

        Only the node that an app has instances on finds the door of its database.
        """
        machines = {}
        for node in nodes:
            here = [one for one in self.far if one.node == node.name]
            lines = [Line(path=agent_line(folder, node.name), door=AGENT)]
            lines += [Line(path=one.socket, door=app_door(one.app, one.number)) for one in here]
            doors: dict[str, Path] = {}
            for deployed in (*(one.deployed for one in here), *also.values()):
                if deployed.node == node.name and deployed.database is not None:
                    doors[database_door(deployed.app)] = deployed.database / f".s.PGSQL.{deployed.database_port}"
            machines[node.name] = Machine(
                host=node.host, port=node.port, fingerprint=node.fingerprint, lines=tuple(lines), doors=doors
            )
        return NearPlan(machines=machines)

    def _apps_on(self, node: str) -> list[str]:
        placed = {one.app for one in self.placements.values() if one.node == node}
        return sorted(placed | {one.app for one in self.far if one.node == node and one.number in self.preparing})

    def _wanted(self, app: str, node: str) -> WantedApp:
        current = self.current(app)
        placement = self.placements.get(app)
        return WantedApp(
            app=app,
            serves=current.number if current is not None and current.node == node else None,
            keep=tuple(one.number for one in self.of(app) if one.node == node and one.number in self.preparing),
            stopped=placement is not None and placement.wanted == "stopped",
        )


def agent_line(folder: Path, node: str) -> Path:
    return folder / f"{node}.agent"


def line_to(folder: Path, app: str, number: int) -> Path:
    return folder / f"{app}.{number}"
