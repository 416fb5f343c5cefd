"""What the wiring of a subject hands to the daemon: its services, and what to do at the start and at the end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Hook = Callable[[], None]


@dataclass(frozen=True)
class Part:
    """`services` are those that operations ask for, by type.

    `start` runs in a worker thread once everything is wired, part after part; a hook that fails is logged and keeps no
    other from running, since a person needs the rest to mend it. `stop` runs in a worker thread, parts in reverse.
    """

    services: Mapping[type, object]
    start: Mapping[str, Hook] = field(default_factory=dict)
    stop: tuple[Hook, ...] = ()
