"""The relay of the machine that calls: `python -m nacre.engines.wires.near FOLDER [UID:GID]`.

It dials each machine of its plan for whoever comes by a line, and keeps connections there by which to be called back.
"""

import asyncio
import hashlib
import ssl
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from nacre.engines.wires.plan import Folder, Machine, NearPlan
from nacre.engines.wires.relay import Relay, run
from nacre.engines.wires.talk import CALLBACK, Ends, watch_over

_DIAL_S = 5.0
_REACHED_WITHIN_S = 20.0
_TRY_EVERY_S = 0.25
_LONGEST_PAUSE_S = 5.0
_IDLE_CALLBACKS = 4


class Near(Relay):
    def __init__(self, folder: Folder) -> None:
        super().__init__(folder)
        self._plan = NearPlan()
        self._context = ssl.create_default_context(cafile=str(folder.authority))
        self._context.load_cert_chain(folder.certificate, folder.key)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._calling: dict[str, list[asyncio.Task[None]]] = {}
        self._through: defaultdict[tuple[str, str], set[asyncio.Task[None]]] = defaultdict(set)

    async def read(self) -> Mapping[Path, str]:
        before, self._plan = self._plan, self.folder.read(NearPlan, NearPlan)
        machines = self._plan.machines
        for name in self._calling.keys() - machines.keys():
            _end(self._calling.pop(name))
        for (name, door), guests in [*self._through.items()]:
            if name not in machines or door not in machines[name].doors:
                _end([*guests])  # what was open to it is so no more
        for name, machine in machines.items():
            known = before.machines.get(name)
            if name in self._calling and known is not None and _same_place(known, machine):
                continue
            _end(self._calling.pop(name, []))
            self._calling[name] = [self.begin(self._be_called_back(name)) for _ in range(_IDLE_CALLBACKS)]
        return {line.path: f"{name} {line.door}" for name, machine in machines.items() for line in machine.lines}

    async def reach(self, where: str) -> Ends:
        """It may just be starting again, or the network be back in a moment: whoever comes waits for that."""
        name, _, door = where.partition(" ")
        deadline = time.monotonic() + _REACHED_WITHIN_S
        while True:
            try:
                ends = await self._dial(name)
                try:
                    await ends.ask(door, _DIAL_S)
                except BaseException:
                    ends.close()
                    raise
                return ends
            except (OSError, TimeoutError):
                if time.monotonic() > deadline or name not in self._plan.machines:
                    raise
            await asyncio.sleep(_TRY_EVERY_S)

    async def _dial(self, name: str) -> Ends:
        """Raises OSError, also for a machine that has a certificate of ours, but not the one that it joined with."""
        machine = self._plan.machines.get(name)
        if machine is None:
            raise ConnectionRefusedError(f"there is no {name} any more")
        async with asyncio.timeout(_DIAL_S):
            reader, writer = await asyncio.open_connection(
                machine.host, machine.port, ssl=self._context, server_hostname=name
            )
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        if hashlib.sha256(shown).hexdigest() != machine.fingerprint:
            writer.close()
            raise ConnectionRefusedError(f"{name} shows another certificate than it joined with")
        watch_over(writer)
        return Ends(reader, writer)

    async def _be_called_back(self, name: str) -> None:
        """Have one connection there that waits to be used, and another once it is."""
        pause = _TRY_EVERY_S
        while True:
            try:
                ends = await self._dial(name)
                try:
                    await ends.ask(CALLBACK, _DIAL_S)
                    pause = _TRY_EVERY_S
                    said = await ends.hear()
                except BaseException:
                    ends.close()
                    raise
            except (OSError, TimeoutError):
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                continue
            door = str(said.get("door"))
            task = self.begin(self._let_in(name, door, ends))
            guests = self._through[name, door]
            guests.add(task)
            task.add_done_callback(guests.discard)

    async def _let_in(self, name: str, door: str, ends: Ends) -> None:
        try:
            machine = self._plan.machines.get(name)
            await self.lead(ends, machine.doors.get(door) if machine else None)
        except OSError:
            pass  # it went away
        finally:
            ends.close()


def _same_place(one: Machine, other: Machine) -> bool:
    return (one.host, one.port, one.fingerprint) == (other.host, other.port, other.fingerprint)


def _end(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    run(Near)
