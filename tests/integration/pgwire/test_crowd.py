"""Many who come at the same moment."""

import asyncio
import socket
from pathlib import Path

import uvloop
from tests.integration.pgwire.conftest import Echo

from nacre.engines.pgwire.server import Server


def test_hundreds_may_wait_while_the_server_is_busy(tmp_path: Path) -> None:
    async def come() -> int:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(tmp_path / "s"))
        listening.listen(1024)
        server = Server(Echo())
        await server.serve(listening)
        crowd = [socket.socket(socket.AF_UNIX) for _ in range(300)]
        for each in crowd:  # the loop takes none of them meanwhile
            each.setblocking(False)
            each.connect(str(tmp_path / "s"))  # raises BlockingIOError where there is no room
        async with asyncio.timeout(10):
            while server.connections < len(crowd):
                await asyncio.sleep(0)
        taken = server.connections
        await server.close()
        for each in crowd:
            each.close()
        return taken

    assert uvloop.run(come()) == 300
