"""Wires what runs apps."""

from dataclasses import dataclass
from functools import partial

from nacre.engines.sandbox.drivers import named
from nacre.engines.sandbox.proof import Targets, prove
from nacre.gateway.switchboard import Switchboard
from nacre.images.images import Images
from nacre.runtime.book import Book
from nacre.runtime.cron import Cron, CronBook
from nacre.runtime.lodging import Lodging
from nacre.runtime.logs import Logs
from nacre.runtime.runtime import Runtime
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part


@dataclass(frozen=True)
class Ran:
    """`runtime` is what publishing asks."""

    part: Part
    runtime: Runtime


def wire_runtime(ground: Ground, images: Images) -> Ran:
    settings = ground.settings
    book = Book(ground.store, ground.box, ground.clock)
    lodging = Lodging(settings.home / "run" / "apps", settings.home / "apps", images, ground.account)
    driver = named(settings.isolation)
    proof = partial(prove, driver, ground.account, Targets.of(settings))
    runtime = Runtime(
        book, lodging, Switchboard(settings.home / "run" / "switchboard"), driver, proof, ground.supervisor,
        ground.bus, ground.loop, Logs(settings.logs / "apps"),
    )  # fmt: skip
    images.keep(book.digests)
    cron = Cron(runtime, CronBook(ground.store), ground.clock)
    part = Part(
        {Runtime: runtime},
        start={"find apps again": runtime.resume, "run by schedule": cron.start},
        stop=(runtime.close, cron.stop),
    )
    return Ran(part, runtime)
