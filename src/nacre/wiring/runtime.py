"""Wires what runs apps."""

from dataclasses import dataclass
from functools import partial

from nacre.engines.sandbox.drivers import named
from nacre.engines.sandbox.proof import Targets, prove
from nacre.engines.wires.authority import Authority
from nacre.gateway.switchboard import Switchboard
from nacre.images.images import Images
from nacre.nodes.nodes import Nodes
from nacre.runtime.afar.fleet import Fleet
from nacre.runtime.afar.machines import Machines
from nacre.runtime.afar.wires import NearWire
from nacre.runtime.book import Book
from nacre.runtime.cron import Cron, CronBook
from nacre.runtime.lodging import Lodging
from nacre.runtime.logs import Logs
from nacre.runtime.runtime import Runtime
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


@dataclass(frozen=True)
class Ran:
    """`fleet` is what publishing asks."""

    part: Part
    fleet: Fleet


def wire_runtime(ground: Ground, images: Images, nodes: Nodes) -> Ran:
    settings = ground.settings
    book = Book(ground.store, ground.box, ground.clock)
    lodging = Lodging(settings.home / "run" / "apps", settings.home / "apps", images, ground.account)
    driver = named(settings.isolation)
    proof = partial(prove, driver, ground.account, Targets.of(settings))
    board = Switchboard(settings.home / "run" / "switchboard")
    runtime = Runtime(
        book, lodging, board, driver, proof, ground.supervisor, ground.bus, ground.loop, Logs(settings.logs / "apps")
    )
    wire = NearWire(
        settings.home / "run" / "wires", ground.account, ground.places.log("wires"),
        Authority(settings.home / "nodes", ground.clock), ground.supervisor, ground.loop,
    )  # fmt: skip
    fleet = Fleet(runtime, book, lodging, board, nodes, wire, ground.bus, Machines(settings.home))
    images.keep(book.digests)
    cron = Cron(fleet, CronBook(ground.store), ground.clock)
    part = Part(
        {Fleet: fleet},
        start={
            "settle where apps are": fleet.settle,
            "find apps again": runtime.resume,
            "reach nodes": fleet.resume,
            "run by schedule": cron.start,
        },
        stop=(runtime.close, fleet.close, cron.stop),
    )
    return Ran(part, fleet)
