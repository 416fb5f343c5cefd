"""Somebody's program behind the gateway, down to the bytes: it tells what it was asked and answers what it likes."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.daemon import House

from nacre.gateway.site import Site


@dataclass
class Upstream:
    """`seen` are the heads of the requests that arrived, `headers` raw lines that each answer has beside its own,
    `status` how it begins."""

    path: Path
    seen: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    status: str = "200 OK"

    def header(self, name: str) -> list[str]:
        """All values of this header in the last request, however it was spelled."""
        lines = self.seen[-1].split("\r\n")[1:]
        pairs = [line.partition(":") for line in lines]
        return [value.strip() for key, _, value in pairs if key.lower().replace("_", "-") == name.lower()]


@contextmanager
def published(house: House, app: str, release: int = 1) -> Iterator[Upstream]:
    """As `upstream_at`, as a release of this app."""
    path = house.home / "run" / "apps" / app / f"{release}.sock"
    with upstream_at(path) as upstream:
        Site.of(house.settings).switchboard.switch({app: path})
        yield upstream


@contextmanager
def upstream_at(path: Path) -> Iterator[Upstream]:
    """Serve HTTP/1.1 on this socket; after an upgrade every byte is sent back."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    upstream = Upstream(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen(64)
        accepting = threading.Thread(target=_accept, args=(listener, upstream), daemon=True)
        accepting.start()
        try:
            yield upstream
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(10)
            path.unlink()


def _accept(listener: socket.socket, upstream: Upstream) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, upstream), daemon=True).start()


def _serve(connection: socket.socket, upstream: Upstream) -> None:
    with connection, suppress(OSError), connection.makefile("rwb") as stream:
        while True:
            head = "".join(iter(lambda: stream.readline().decode("latin-1"), "\r\n")) if stream.peek(1) else ""
            if not head:
                return
            upstream.seen.append(head.rstrip("\r\n"))
            if "upgrade: websocket" in head.lower():
                stream.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
                stream.flush()
                while data := connection.recv(4096):
                    connection.sendall(data)
                return
            body = _body(stream, head.lower())
            answer = json.dumps({"head": upstream.seen[-1], "body": body}).encode()
            extra = "".join(f"{line}\r\n" for line in upstream.headers)
            stream.write(
                f"HTTP/1.1 {upstream.status}\r\nContent-Length: {len(answer)}\r\n{extra}\r\n".encode("latin-1") + answer
            )
            stream.flush()


def _body(stream, head: str) -> str:
    for line in head.split("\r\n"):
        if line.startswith("content-length:"):
            return stream.read(int(line.partition(":")[2])).decode("latin-1")
        if line.startswith("transfer-encoding:"):
            read = b""
            while size := int(stream.readline(), 16):
                read += stream.read(size)
                stream.readline()
            stream.readline()
            return read.decode("latin-1")
    return ""
