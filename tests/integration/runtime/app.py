"""An app of the tests: HTTP, a WebSocket that sends back what it hears, and ways to go wrong that its variables say."""

import asyncio
import base64
import hashlib
import json
import os
import signal
import sys
from pathlib import Path

RELEASE, WRONG = os.environ.get("RELEASE", "0"), os.environ.get("WRONG", "")


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
            method, path, _ = head.split("\r\n")[0].split(" ")
            headers = dict(header(line) for line in head.split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            if headers.get("upgrade") == "websocket":
                return await talk(reader, writer, headers)
            await answer(writer, method, path, headers, body)
            if headers.get("connection") == "close":
                return None
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def header(line) -> tuple:
    name, _, value = line.partition(": ")
    return name.lower(), value


async def answer(writer, method, path, headers, body) -> None:
    status, said = 200, {"release": RELEASE, "path": path, "headers": headers, "pid": os.getpid(), "body": len(body)}
    if WRONG == "500" or path == "/fail":
        status = 500
    if WRONG == "hangs" or path.startswith("/hang"):
        await asyncio.sleep(3600)
    if path.startswith("/slow"):
        await asyncio.sleep(float(path.partition("?")[2] or 1))
    if path == "/exit":
        os._exit(3)
    if path == "/deaf":
        os.kill(os.getpid(), signal.SIGSTOP)
    if path == "/leak":
        print("about to leak", flush=True)
        held = []
        while True:
            held.append(bytearray(16 << 20))
    if path == "/fork":
        said["forked"] = fork()
    if path == "/env":
        said["env"] = dict(os.environ)
    if path == "/look":
        said["look"] = look(body.decode().split())
    data = json.dumps(said).encode()
    writer.write(
        b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nContent-Type: application/json\r\n\r\n" % (status, len(data)) + data
    )
    await writer.drain()


async def talk(reader, writer, headers) -> None:
    key = headers["sec-websocket-key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key).digest())
    writer.write(b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
    writer.write(b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
    while data := await reader.read(4096):
        writer.write(RELEASE.encode() + b":" + data)


def fork() -> int:
    forked = 0
    try:
        while forked < 10_000:
            if os.fork() == 0:
                signal.pause()
            forked += 1
    except OSError:
        pass
    return forked


def look(names) -> dict:
    found = {}
    for path in map(Path, names):
        try:
            found[str(path)] = sorted(map(str, path.iterdir()))[:50] if path.is_dir() else path.read_text()[:200]
        except OSError as error:
            found[str(path)] = type(error).__name__
    return found


async def main() -> None:
    print(f"release {RELEASE} starts", flush=True)
    if WRONG == "crashes":
        print("no such table: carts", file=sys.stderr, flush=True)
        sys.exit(4)
    port = 5000 if WRONG == "port" else int(os.environ["PORT"])
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


asyncio.run(main())
