"""How big a machine is, and how busy just now."""

from collections.abc import Callable

from nacre.core.operations import Answer


class Machine(Answer):
    """`cpu_percent` of all its processors, None until it has told twice. The disk is the file system that holds what
    its apps run from."""

    processors: int
    cpu_percent: float | None
    load1: float
    memory_total_bytes: int
    memory_available_bytes: int
    disk_total_bytes: int
    disk_free_bytes: int


Tells = Callable[[str], Machine | None]
"""What a machine said of itself last, by its node's name, as long as it is heard of."""


def tells_nothing(_node: str) -> None:
    """Until somebody hears them."""
