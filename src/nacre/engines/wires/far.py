"""The relay of a machine that answers: `python -m nacre.engines.wires.far FOLDER [UID:GID]`.

It takes connections of the one caller whose certificate its authority signed, and opens the doors of its plan. Whoever
comes by a line of its own goes through a connection that the caller keeps here for that.
"""

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from nacre.engines.wires.plan import FarPlan, Folder
from nacre.engines.wires.relay import Relay, run
from nacre.engines.wires.talk import CALLBACK, Ends, watch_over

_GREETED_WITHIN_S = 10.0
_CALLBACK_WITHIN_S = 15.0
_ASKED_WITHIN_S = 4.0
_MOST_WAITING = 32


class Far(Relay):
    def __init__(self, folder: Folder) -> None:
        super().__init__(folder)
        self._plan = FarPlan(host="", port=0)
        self._server: asyncio.Server | None = None
        self._callbacks: deque[Ends] = deque()
        self._called = asyncio.Condition()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._context.load_verify_locations(folder.authority)
        self._context.load_cert_chain(folder.certificate, folder.key)

    @property
    def for_anybody(self) -> bool:
        """Each line is in a folder that one app alone has in view."""
        return True

    async def read(self) -> Mapping[Path, str]:
        self._plan = self.folder.read(FarPlan, lambda: self._plan)
        if self._server is None and self._plan.port:
            self._server = await asyncio.start_server(
                self._take, self._plan.host or None, self._plan.port, ssl=self._context, ssl_handshake_timeout=10
            )
        return {line.path: line.door for line in self._plan.lines}

    async def reach(self, where: str) -> Ends:
        async with asyncio.timeout(_CALLBACK_WITHIN_S):
            while True:
                ends = await self._callback()
                try:
                    await ends.ask(where, _ASKED_WITHIN_S)
                    return ends
                except ConnectionRefusedError:
                    ends.close()
                    raise
                except (OSError, TimeoutError):  # the caller went while this connection waited
                    ends.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = Ends(reader, writer)
        try:
            watch_over(writer)
            async with asyncio.timeout(_GREETED_WITHIN_S):
                door = str((await ends.hear()).get("door"))
            if door == CALLBACK:
                await self._keep(ends)
                return
            await self.lead(ends, self._plan.doors.get(door))
        except (OSError, TimeoutError):
            ends.close()

    async def _keep(self, ends: Ends) -> None:
        await ends.say({"open": True})
        async with self._called:
            self._callbacks.append(ends)
            if len(self._callbacks) > _MOST_WAITING:  # the oldest are of a caller that went
                self._callbacks.popleft().close()
            self._called.notify()

    async def _callback(self) -> Ends:
        """The newest that waits."""
        async with self._called:
            await self._called.wait_for(lambda: self._callbacks)
            return self._callbacks.pop()


if __name__ == "__main__":
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # whoever knocks without a certificate fills no log
    run(Far)
