"""Finds the best driver that really works in a directory."""

from pathlib import Path

from nacre.core.errors import Failed
from nacre.engines.storage.btrfs import Btrfs
from nacre.engines.storage.copy import Copy
from nacre.engines.storage.driver import Storage
from nacre.engines.storage.reflink import Reflink

DRIVERS: tuple[type[Storage], ...] = (Btrfs, Reflink, Copy)
"""Best first."""


def detect(directory: Path) -> Storage:
    """The best driver whose probe works inside `directory`, which must exist. Raises Failed if it is not writable."""
    for driver in DRIVERS:
        storage = driver()
        if storage.probe(directory):
            return storage
    raise Failed("not-writable", f"Nothing can be written in {directory}.", hint="Check its owner and its mode.")


def named(name: str) -> Storage:
    """The driver called `name`, unprobed: for what was made by it earlier. Raises KeyError."""
    return {driver.name: driver for driver in DRIVERS}[name]()
