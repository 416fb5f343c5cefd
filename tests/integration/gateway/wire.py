"""Requests written byte by byte, over TLS to the gateway, as no well-behaved client would."""

import socket
import ssl
from contextlib import closing

from tests.daemon import House
from tests.integration.gateway.conftest import trust


def connect(house: House, port: int) -> ssl.SSLSocket:
    context = trust(house)
    context.set_alpn_protocols(["http/1.1"])
    raw = socket.create_connection(("127.0.0.1", port), timeout=20)
    return context.wrap_socket(raw, server_hostname="localhost")


def send(house: House, port: int, *lines: str, body: str = "") -> str:
    """All that comes back for one request that asks to close after it."""
    request = "\r\n".join([*lines, f"Host: localhost:{port}", "Connection: close", "", body])
    with closing(connect(house, port)) as wire:
        wire.sendall(request.encode("latin-1"))
        answer = b""
        while chunk := _received(wire):
            answer += chunk
    return answer.decode("latin-1")


def _received(wire: ssl.SSLSocket) -> bytes:
    try:
        return wire.recv(65536)
    except ConnectionResetError:
        return b""
