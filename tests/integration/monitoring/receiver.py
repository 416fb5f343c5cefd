"""A web hook on this machine: what is sent to it, as it came."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`refuses`: it answers with 503 instead of taking what is sent. `asked` counts how often it was only asked for."""

    address: str = ""
    asked: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)
    refuses: bool = False

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.got]


@contextmanager
def receiver(secured_by: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            if not received.refuses:
                received.got.append(json.loads(data))
            self.send_response(503 if received.refuses else 200)
            self.end_headers()

        def do_GET(self) -> None:
            received.asked += 1
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if secured_by is not None:
            server.socket = secured_by.wrap_socket(server.socket, server_side=True)
        received.address = f"json://127.0.0.1:{server.server_port}/"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield received
        finally:
            server.shutdown()
            serving.join()
