"""The HTTP proxy of one sandbox: resolves names itself, and connects to listed hosts at public addresses only."""

import asyncio
import concurrent.futures.thread  # noqa: F401 - names are resolved in a thread, and by then it may not be readable
import json
import os
import socket
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from .destinations import is_listed, may_be_reached

_HEAD_BYTES = 32 << 10
_HEAD_S = 20.0
_CONNECT_S = 10.0
_MOST_CONNECTIONS = 256


def main() -> None:
    """`python -c … CONFIG_FD`: a JSON document with `listener`, `watched`, `hosts`, `own`, `uid` and `gid`."""
    with os.fdopen(int(sys.argv[1])) as handed:
        config = json.load(handed)
    "x".encode("idna")  # loads what names need, while it can be read
    if os.geteuid() == 0 and config["uid"] != 0:
        os.setgroups([])
        os.setresgid(config["gid"], config["gid"], config["gid"])
        os.setresuid(config["uid"], config["uid"], config["uid"])
    asyncio.run(_Proxy(config).serve())


class Refused(Exception):
    """A request that is not let through: an HTTP status, its words, and a sentence."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


class _Proxy:
    def __init__(self, config: dict[str, Any]) -> None:
        self._listener = socket.socket(fileno=config["listener"])
        self._watched: int = config["watched"]
        self._hosts: list[str] = config["hosts"]
        self._own: list[str] = config["own"]
        self._room = asyncio.Semaphore(_MOST_CONNECTIONS)

    async def serve(self) -> None:
        """Until the process that `watched` is a pidfd of has ended."""
        gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._watched, gone.set)
        async with await asyncio.start_unix_server(self._attend, sock=self._listener, limit=_HEAD_BYTES):
            await gone.wait()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._room:
            try:
                await self._pass_on(reader, writer)
            except Refused as refused:
                writer.write(_refusal(refused))
            except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
                pass  # whoever asked hung up, or talks something else
            finally:
                writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HEAD_S):
            head = await reader.readuntil(b"\r\n\r\n")
        host, port, first = read_head(head)
        upstream_reader, upstream_writer = await self._connect(host, port)
        try:
            if first:
                upstream_writer.write(first)
            else:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_copy(reader, upstream_writer), _copy(upstream_reader, writer))
        finally:
            upstream_writer.close()

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not is_listed(host, self._hosts):
            raise Refused("403 Forbidden", f"{host} is not on the list of hosts that may be reached from here.")
        for address in await _addresses(host, port):
            if may_be_reached(address, self._own):
                try:
                    async with asyncio.timeout(_CONNECT_S):
                        return await asyncio.open_connection(address, port)
                except (OSError, TimeoutError):
                    continue
        raise Refused("502 Bad Gateway", f"{host} has no address that may be reached and answers.")


def read_head(head: bytes) -> tuple[str, int, bytes]:
    """Host, port, and what to send there first: nothing for CONNECT. Raises Refused, or ValueError for no HTTP."""
    method, target, version = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
    if method == "CONNECT":
        split = urlsplit(f"//{target}")
        return _host(split.hostname), split.port or 443, b""
    split = urlsplit(target)
    if split.scheme != "http":
        raise Refused("400 Bad Request", "This is a proxy: ask for a whole http:// address, or CONNECT.")
    path = split._replace(scheme="", netloc="").geturl() or "/"
    lines = [
        line
        for line in head.split(b"\r\n")[1:-2]
        if line.split(b":")[0].strip().lower() not in (b"connection", b"proxy-connection", b"proxy-authorization")
    ]
    # One request for each connection, so that the next one cannot name another host.
    first = b"\r\n".join([f"{method} {path} {version}".encode("ascii"), *lines, b"Connection: close", b"", b""])
    return _host(split.hostname), split.port or 80, first


def _host(name: str | None) -> str:
    if not name:
        raise Refused("400 Bad Request", "The request names no host.")
    return name


async def _addresses(host: str, port: int) -> Iterable[str]:
    """All addresses of a name, resolved here and connected to as they are, so that no second answer can differ."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused("502 Bad Gateway", f"{host} cannot be resolved.") from error
    return dict.fromkeys(str(entry[4][0]) for entry in found)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(64 << 10):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


def _refusal(refused: Refused) -> bytes:
    body = f"{refused}\n".encode()
    head = f"HTTP/1.1 {refused.status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body
