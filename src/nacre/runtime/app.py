"""What this daemon remembers of one app that it runs."""

import asyncio
from dataclasses import dataclass, field

from nacre.runtime.instance import Instance
from nacre.runtime.waiting import WaitingRoom


@dataclass
class App:
    """`lock` is held by whoever changes what runs; `current` is the instance that serves, or would if it were up.

    `drains` are the older instances that still finish what they were asked, by their number.
    """

    name: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    current: Instance | None = None
    asleep: bool = False
    stopped: bool = False
    trouble: str = ""
    room: WaitingRoom | None = None
    guard: asyncio.Task[None] | None = None
    drains: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    def is_current(self, instance: Instance) -> bool:
        return self.current is not None and self.current.number == instance.number

    async def send_away(self) -> None:
        """Nobody waits for it any more."""
        if self.room is not None:
            await self.room.clear()
