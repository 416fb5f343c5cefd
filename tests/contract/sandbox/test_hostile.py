"""A warden that is no longer ours: whatever it answers, the daemon refuses it and goes on."""

import asyncio
import contextlib
import json
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nacre.core.errors import Failed, NacreError, Unavailable
from nacre.engines.sandbox.inside import Inside
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.warden import wire

GOOD = {
    "key": "k", "pid": 7, "argv": ["x"], "started_at": 1.0, "exit_code": None, "tty": False, "end_offset": 0
}  # fmt: skip


@contextlib.asynccontextmanager
async def answering(folder: Path, said: bytes, close: bool = True) -> AsyncIterator[Inside]:
    """A warden that answers everything with these bytes."""
    Layout(folder).make(None)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        with contextlib.suppress(OSError):
            writer.write(said)
            await writer.drain()
            if not close:
                await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(answer, str(Layout(folder).warden)):
        yield Inside(folder)


def ok(document: object) -> bytes:
    return wire.frame(wire.MESSAGE, json.dumps({"ok": document}).encode())


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000,
        struct.pack(">IB", 0xFFFFFFFF, wire.MESSAGE) + b"x" * 100_000,
        wire.frame(wire.MESSAGE, b"\xff\xfe"),
        wire.frame(wire.MESSAGE, b"[" * 100_000),
        wire.frame(wire.MESSAGE, b"[]"),
        wire.frame(wire.MESSAGE, b"{}"),
        wire.frame(wire.STDOUT, b"12345678x"),
        wire.message({"error": {"deep": 1}}),
        wire.message({"error": "no-such-code", "message": "x" * 900_000}),
        ok([]),
        ok({"processes": {}}),
        ok({"processes": [1]}),
        ok({"processes": [{**GOOD, "pid": "7"}]}),
        ok({"processes": [{**GOOD, "argv": [["nested"]]}]}),
        ok({"processes": [{**GOOD, "started_at": 1e300}]}),
        ok({"processes": [{**GOOD, "exit_code": 10**9}]}),
        ok({"processes": [{**GOOD, "end_offset": None}]}),
        ok({"processes": [GOOD] * 2000}),
    ],
)
async def test_nonsense_is_refused(place: Path, said: bytes) -> None:
    async with answering(place / "box", said) as inside:
        with pytest.raises(Failed) as caught:
            await inside.processes()
        assert len(caught.value.message) < 5000


@pytest.mark.parametrize("ports", [None, "all", [0], [70_000], ["80"], [-1], [[80]], [1.5]])
async def test_ports_are_ports(place: Path, ports: object) -> None:
    async with answering(place / "box", ok({"ports": ports})) as inside:
        with pytest.raises(Failed):
            await inside.ports()


async def test_half_an_answer_is_no_answer(place: Path) -> None:
    async with answering(place / "box", ok({"ports": []})[:-3]) as inside:
        with pytest.raises(Unavailable):
            await inside.ports()


@pytest.mark.parametrize(
    "then",
    [
        wire.frame(wire.STDOUT, b"short"),
        wire.frame(99, b""),
        wire.message({"exit_code": "zero"}, wire.EXIT),
        wire.frame(wire.EXIT, b"null"),
        pytest.param(b"\xff" * 64, id="noise"),
    ],
)
async def test_a_stream_of_nonsense_ends(place: Path, then: bytes) -> None:
    async with answering(place / "box", ok(GOOD) + then) as inside:
        with pytest.raises(NacreError):
            attachment = await inside.attach("k")
            async for _ in attachment:
                pass


async def test_a_log_is_never_written_through_a_link(place: Path) -> None:
    (place / "precious").write_text("as it was")
    async with answering(place / "box", ok(GOOD)) as inside:
        inside.log_path("k").symlink_to(place / "precious")
        await inside.start(["true"], key="k")
        assert inside.log_path("k").read_text() == ""
    assert (place / "precious").read_text() == "as it was"


async def test_a_request_too_long_is_not_sent(place: Path) -> None:
    async with answering(place / "box", ok(GOOD)) as inside:
        with pytest.raises(NacreError, match="longer than"):
            await inside.start(["x" * (2 << 20)], key="k")


async def test_nobody_there_is_said_so(place: Path) -> None:
    Layout(place / "box").make(None)
    inside = Inside(place / "box")
    assert not await inside.alive()
    with pytest.raises(Unavailable):
        await inside.ports()
    assert [*(place / "box" / "ports").iterdir()] == []
