"""Many who come at the same moment."""

import asyncio
import socket
import struct
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


def test_a_crowd_that_never_signs_in_keeps_nobody_out_who_comes_by_another_door(tmp_path: Path) -> None:
    async def come() -> bytes:
        near, far = socket.socket(socket.AF_UNIX), socket.create_server(("127.0.0.1", 0))
        near.bind(str(tmp_path / "s"))
        near.listen()
        server = Server(Echo(), limit_connections=5)
        await server.serve(near)
        await server.serve(far)
        crowd = [await asyncio.open_connection(*far.getsockname()) for _ in range(20)]
        async with asyncio.timeout(10):
            while server.connections < 10:  # twice as many as may come in wait at the door, the others are turned away
                await asyncio.sleep(0)
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        said = struct.pack("!i", 3 << 16) + b"user\0ada\0\0"
        writer.write(struct.pack("!i", len(said) + 4) + said)
        answer = await asyncio.wait_for(reader.read(1), 10)
        for _, each in [*crowd, (reader, writer)]:
            each.close()
        await server.close()
        return answer

    assert uvloop.run(come()) == b"R", "authentication, and no error"
