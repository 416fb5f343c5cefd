"""What is written down of releases on other machines, and what this daemon alone knows; the relay is told of it."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from nacre.images.runspec import RunSpec
from nacre.nodes.nodes import Nodes
from nacre.runtime.afar.ledger import FarInstance, Ledger, agent_line, line_to
from nacre.runtime.afar.wires import NearWire
from nacre.runtime.book import Book, Placement
from nacre.runtime.deployed import LOCAL, Deployed


class Roster:
    """Blocks, on the book of placements and instances; for worker threads."""

    def __init__(self, book: Book, nodes: Nodes, wire: NearWire) -> None:
        self._book = book
        self._nodes = nodes
        self._wire = wire
        self._laying = threading.Lock()
        self._limits: dict[int, RunSpec] = {}
        self.preparing: set[int] = set()
        """Instances that somebody waits for."""
        self.replaced_at: dict[int, float] = {}
        """Those that finish what they were asked, since when on the clock that only goes forward."""
        self.running: dict[str, Deployed] = {}
        """Releases of which a command runs, by their app."""

    def current(self, app: str) -> FarInstance | None:
        """What serves it, or would; None when that is on this machine."""
        return self.ledger_of(app).current(app)

    def deployed(self, app: str) -> Deployed | None:
        """What serves or would, wherever."""
        return dict(self._book.instances(app)).get(self.number(app) or 0)

    def number(self, app: str) -> int | None:
        placement = self._book.placement(app)
        return placement.instance_id if placement else None

    def ledger(self) -> Ledger:
        return self._ledger_for(self._book.placements())

    def ledger_of(self, app: str) -> Ledger:
        """As far as it is about one app: what is written of each release has to be unsealed."""
        placement = self._book.placement(app)
        return self._ledger_for([] if placement is None else [placement])

    def limits(self, app: str, number: int | None) -> RunSpec | None:
        """What an instance may use, and how it is run. It never changes, and is unsealed once."""
        if number is None:
            return None
        if number not in self._limits:
            self._limits.update({known: deployed.run for known, deployed in self._book.instances(app)})
        return self._limits.get(number)

    def enter(self, deployed: Deployed) -> FarInstance:
        """The instance of exactly this that is there, or a new one."""
        self._book.place(deployed.app, deployed.node)
        known = self.ledger_of(deployed.app).of(deployed.app)
        found = [one for one in known if one.deployed == deployed and one.number not in self.replaced_at]
        number = found[-1].number if found else self._book.enter(deployed)
        return FarInstance(number, deployed, self.line_to(deployed.app, number))

    def replace(self, instance: FarInstance) -> None:
        self.replaced_at[instance.number] = time.monotonic()

    def strike(self, instance: FarInstance) -> None:
        """It is no more, as far as this machine goes: nothing of it reaches its database from now on."""
        self.preparing.discard(instance.number)
        self.replaced_at.pop(instance.number, None)
        self._book.strike(instance.number)
        self._limits.pop(instance.number, None)
        self.lay()

    def lay(self) -> None:
        """Have the relay reach every node, and what runs there; without nodes there is none. One after the other: what
        was read first must not be told last."""
        if not self._nodes.reached():
            return
        self._wire.keep()
        with self._laying:
            nodes = self._nodes.reached()
            self._wire.folder.tell(self.ledger().plan(nodes, self._wire.folder.path, dict(self.running)))

    def line(self, node: str) -> Path:
        """To the agent of a node."""
        return agent_line(self._wire.folder.path, node)

    def line_to(self, app: str, number: int) -> Path:
        return line_to(self._wire.folder.path, app, number)

    def _ledger_for(self, placements: Sequence[Placement]) -> Ledger:
        far = tuple(
            FarInstance(number, deployed, self.line_to(deployed.app, number))
            for placement in placements
            for number, deployed in self._book.instances(placement.app)
            if deployed.node != LOCAL
        )
        return Ledger({one.app: one for one in placements}, far, frozenset(self.preparing))
