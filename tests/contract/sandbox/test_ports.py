"""A port inside is reached from outside through a socket that nobody inside can swap."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest
from tests.contract.sandbox.conftest import Cell, running

from nacre.core.errors import Failed
from nacre.engines.processes.users import Account
from nacre.engines.sandbox.driver import Driver
from nacre.engines.sandbox.spec import Mount
from nacre.engines.sandbox.traffic import has_connections

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = b"x" * int(self.path[1:])
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
class Server(http.server.ThreadingHTTPServer):
    address_family = __import__("socket").AF_INET6 if ":" in sys.argv[1] else __import__("socket").AF_INET
server = Server((sys.argv[1], int(sys.argv[2])), Handler)
print("ready", flush=True)
server.serve_forever()
"""
ECHO = """
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    one, _ = listener.accept()
    total = 0
    while data := one.recv(65536):
        total += len(data)
    one.sendall(str(total).encode())
    one.close()
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def serve(cell: Cell, script: str, *arguments: str) -> None:
    await cell.inside.start(["python3", "-c", script, *arguments], key="server")
    attachment = await cell.inside.attach("server")
    async with asyncio.timeout(10):
        async for output in attachment:
            assert output.data == b"ready\n", output.data
            break
    await attachment.close()


async def test_a_server_inside_is_found_and_reached(cell: Cell, port: int) -> None:
    assert port not in await cell.inside.ports()
    await serve(cell, SERVER, "127.0.0.1", str(port))
    assert await cell.inside.ports() == [port]
    path = await cell.inside.expose(port)
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with httpx.AsyncClient(transport=transport, base_url="http://inside") as client:
        answers = await asyncio.gather(*(client.get("/100") for _ in range(20)), client.get("/5000000"))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted({len(answer.content) for answer in answers}) == [100, 5_000_000]


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="no IPv6 here")
async def test_a_server_on_ipv6_alone_is_reached_too(cell: Cell, port: int) -> None:
    await serve(cell, SERVER, "::1", str(port))
    assert await cell.inside.ports() == [port]
    transport = httpx.AsyncHTTPTransport(uds=str(await cell.inside.expose(port)))
    async with httpx.AsyncClient(transport=transport, base_url="http://inside") as client:
        assert len((await client.get("/7")).content) == 7


async def test_a_port_may_be_exposed_before_anybody_listens(cell: Cell, port: int) -> None:
    path = await cell.inside.expose(port)
    reader, writer = await asyncio.open_unix_connection(str(path))
    assert await reader.read() == b""
    writer.close()
    await serve(cell, SERVER, "127.0.0.1", str(port))
    assert await cell.inside.expose(port) == path
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url="http://inside") as client:
        assert (await client.get("/1")).status_code == 200


async def test_one_side_may_end_first(cell: Cell, port: int) -> None:
    await serve(cell, ECHO, str(port))
    reader, writer = await asyncio.open_unix_connection(str(await cell.inside.expose(port)))
    writer.write(b"x" * 3_000_000)
    writer.write_eof()
    assert await reader.read() == b"3000000"
    writer.close()


async def test_a_new_warden_is_exposed_anew(cell: Cell, port: int) -> None:
    path = await cell.inside.expose(port)
    await cell.service.stop()
    await cell.service.start()
    await serve(cell, SERVER, "127.0.0.1", str(port))
    assert await cell.inside.expose(port) == path
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url="http://inside") as client:
        assert (await client.get("/1")).status_code == 200


async def test_an_open_connection_is_noticed_until_it_is_closed(cell: Cell, port: int, until) -> None:
    await serve(cell, SERVER, "127.0.0.1", str(port))
    path = await cell.inside.expose(port)
    assert not has_connections(cell.spec.folder)
    _, writer = await asyncio.open_unix_connection(path)
    await until(lambda: has_connections(cell.spec.folder))
    writer.close()
    await until(lambda: not has_connections(cell.spec.folder))


async def test_a_port_inside_leads_to_a_socket_inside(place: Path, bubblewrap: Driver, account: Account | None) -> None:
    folder = place / "shown"
    folder.mkdir(mode=0o755)
    answering = await asyncio.start_unix_server(_answer, folder / "api.sock")
    (folder / "api.sock").chmod(0o666)
    async with (
        answering,
        running(place, bubblewrap, account, mounts=(Mount(folder, "/run/shown"),), cwd="/tmp") as cell,
    ):
        await cell.inside.lead(8420, "/run/shown/api.sock")
        await cell.inside.lead(8420, "/run/shown/api.sock")
        asked = await cell.shell("exec 3<>/dev/tcp/127.0.0.1/8420; echo hello >&3; cat <&3")
        assert asked.text == "you said hello\n"
        assert await cell.inside.ports() == [], "it is nobody's server"
        await serve(cell, SERVER, "127.0.0.1", "8421")
        with pytest.raises(Failed, match="cannot be listened on"):
            await cell.inside.lead(8421, "/run/shown/api.sock")


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"you said " + await reader.readline())
    writer.close()
