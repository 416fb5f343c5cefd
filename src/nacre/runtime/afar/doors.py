"""The doors of a node: what the control plane reaches there, kept in step with the switchboard of its runtime."""

import threading
from collections.abc import Mapping
from pathlib import Path

from nacre.engines.wires.plan import FarPlan, Folder, Line
from nacre.gateway.switchboard import Switchboard
from nacre.runtime.afar.messages import AGENT, app_door, database_door
from nacre.runtime.book import Book
from nacre.runtime.lodging import Lodging


class Doors(Switchboard):
    """The switchboard of a node's runtime. Thread-safe."""

    def __init__(
        self, board: Path, wires: Folder, book: Book, lodging: Lodging, agent: Path, host: str, port: int
    ) -> None:
        super().__init__(board)
        self._wires = wires
        self._book = book
        self._lodging = lodging
        self._agent = agent
        self._host = host
        self._port = port
        self._laying = threading.Lock()
        self._also: dict[str, int] = {}

    def database(self, app: str) -> Path:
        """The folder with the socket of an app's database."""
        return self._wires.path / "db" / app

    def switch(self, changes: Mapping[str, Path | None]) -> None:
        super().switch(changes)
        self.lay()

    def lay(self, ports: Mapping[str, int] | None = None) -> None:
        """Have the relay do as things are now; `ports` are those of databases of apps that nothing runs of yet."""
        with self._laying:
            placements = self._book.placements()
            placed = {one.app for one in placements}
            self._also = {app: port for app, port in {**self._also, **(ports or {})}.items() if app in placed}
            databases, doors = dict(self._also), {AGENT: self._agent}
            for placement in placements:
                for number, deployed in self._book.instances(placement.app):
                    own = self._lodging.socket(deployed, number)
                    # Asleep or being started again, it is the waiting room that takes guests.
                    led = self.line(placement.app) if number == placement.instance_id else None
                    doors[app_door(placement.app, number)] = led or own
                    if deployed.database is not None and deployed.database_port is not None:
                        databases[placement.app] = deployed.database_port
            self._wires.tell(
                FarPlan(
                    host=self._host,
                    port=self._port,
                    doors=doors,
                    lines=tuple(self._line(app, port) for app, port in sorted(databases.items())),
                )
            )

    def _line(self, app: str, port: int) -> Line:
        folder = self.database(app)
        for each in (folder.parent, folder):
            each.mkdir(exist_ok=True)
            each.chmod(0o711)
        self._lodging.give(folder)
        return Line(path=folder / f".s.PGSQL.{port}", door=database_door(app))
