"""The drivers by name."""

from nacre.engines.sandbox.bubblewrap import Bubblewrap
from nacre.engines.sandbox.driver import Driver
from nacre.engines.sandbox.none import Unconfined

NAMES = ("bubblewrap", "none")


def named(name: str) -> Driver:
    """Raises KeyError."""
    drivers: dict[str, type[Driver]] = {"bubblewrap": Bubblewrap, "none": Unconfined}
    return drivers[name]()
