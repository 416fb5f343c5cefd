"""Real relays, their TLS and their sockets: who is let through, who is not, and what is cut when a door goes."""

import asyncio
import os
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from nacre.core.clock import system_clock
from nacre.engines.wires.authority import Authority, fingerprint, own_key
from nacre.engines.wires.plan import FarPlan, Folder, Line, Machine, NearPlan

Until = Callable[..., Awaitable[None]]


@dataclass
class Pair:
    """The relays of a machine that calls and of one that answers, and an echo behind a door of each."""

    base: Path
    authority: Authority
    near: Folder
    far: Folder
    port: int
    fingerprint: str

    @property
    def echo(self) -> Path:
        return self.base / "echo.sock"

    def tell_near(self, *, doors: bool = True) -> bool:
        machine = Machine(
            host="127.0.0.1",
            port=self.port,
            fingerprint=self.fingerprint,
            lines=(Line(path=self.near.path / "there", door="echo"),),
            doors={"echo": self.echo} if doors else {},
        )
        return self.near.tell(NearPlan(machines={"shelf": machine}))

    def tell_far(self) -> bool:
        line = Line(path=self.far.path / "back", door="echo")
        return self.far.tell(FarPlan(host="127.0.0.1", port=self.port, lines=(line,), doors={"echo": self.echo}))


@contextmanager
def relay(end: str, folder: Folder) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", f"nacre.engines.wires.{end}", folder.path])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    with tempfile.TemporaryDirectory(prefix="nacre-") as base, closing(socket.socket()) as probe:
        folder = Path(base)
        near, far = Folder(folder / "near"), Folder(folder / "far")
        authority = Authority(folder / "authority", system_clock)
        caller = authority.caller()
        for each in (near, far):
            each.path.mkdir()
            each.authority.write_text(authority.certificate())
        near.certificate.write_text(caller.certificate)
        near.key.write_text(caller.key)
        far.certificate.write_text(authority.answerer(own_key(far.key), "shelf"))
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        made = Pair(folder, authority, near, far, port, fingerprint(far.certificate.read_text()))
        made.tell_near()
        made.tell_far()

        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
            writer.close()

        server = await asyncio.start_unix_server(echo, str(made.echo))
        with relay("near", near), relay("far", far):
            yield made
        server.close()


async def echoed(path: Path, size_bytes: int = 5) -> bool:
    """Whether what is sent comes back whole."""
    sent = os.urandom(size_bytes)
    with suppress(OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_unix_connection(str(path))
        try:
            writer.write(sent)
            return await asyncio.wait_for(reader.readexactly(size_bytes), 30) == sent
        finally:
            writer.close()
    return False


async def test_bytes_go_both_ways_and_a_door_that_is_closed_cuts_who_is_in_it(pair: Pair, until: Until) -> None:
    await until(lambda: (pair.near.path / "there").exists() and (pair.far.path / "back").exists())
    assert await echoed(pair.near.path / "there", 3_000_000)
    assert await echoed(pair.far.path / "back", 3_000_000)
    reader, writer = await asyncio.open_unix_connection(str(pair.far.path / "back"))
    writer.write(b"still here")
    assert await reader.readexactly(10) == b"still here"
    assert await asyncio.to_thread(pair.tell_near, doors=False)
    assert await asyncio.wait_for(reader.read(), 10) == b"", "who was in is cut off"
    writer.close()
    assert not await echoed(pair.far.path / "back"), "and nobody is let in"
    assert await echoed(pair.near.path / "there"), "the other way is as it was"


async def test_nobody_else_is_let_in_at_the_port(pair: Pair, until: Until) -> None:
    await until(lambda: (pair.far.path / "back").exists())
    another = Authority(pair.base / "another", system_clock).caller()
    (pair.base / "another.crt").write_text(another.certificate)
    (pair.base / "another.key").write_text(another.key)
    callers = {
        "without a certificate": None,
        "with one that another authority signed": (pair.base / "another.crt", pair.base / "another.key"),
        "with that of a node": (pair.far.certificate, pair.far.key),
    }
    for who, proof in callers.items():
        context = ssl.create_default_context(cafile=str(pair.near.authority))
        if proof:
            context.load_cert_chain(*proof)
        said = b""
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", pair.port, ssl=context, server_hostname="shelf")
            writer.write(b'{"door": "echo"}\n')
            said = await asyncio.wait_for(reader.read(100), 10)
        assert said == b"", who


async def test_a_machine_with_another_certificate_than_it_joined_with_is_told_nothing(pair: Pair, until: Until) -> None:
    key, certificate = pair.base / "other.key", pair.base / "other.crt"
    certificate.write_text(pair.authority.answerer(own_key(key), "shelf"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            heard.append(await reader.read(100))
        writer.close()

    await until(lambda: (pair.near.path / "there").exists())
    server = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=context)
    port, pair.port = pair.port, server.sockets[0].getsockname()[1]
    assert await asyncio.to_thread(pair.tell_near)
    asked = asyncio.create_task(echoed(pair.near.path / "there"))
    await until(lambda: len(heard) > 5)
    assert set(heard) == {b""}, "it was signed by the same authority, for the same name, and is another"
    pair.port = port
    assert await asyncio.to_thread(pair.tell_near)
    assert await asked, "whoever asked meanwhile is led to the right one"
    server.close()
