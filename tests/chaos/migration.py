"""The release command of the app under test: adds its release's number to the table `runs`, once each time it runs.

It runs inside the app's image, which has no driver for Postgres, so it speaks as much of the protocol as it takes.
"""

import base64
import hashlib
import hmac
import os
import socket
import struct
import sys

_SASL, _SASL_GOES_ON = 10, 11


def main(number: int, pause_s: float) -> None:
    print("migrating", flush=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(f"{os.environ['PGHOST']}/.s.PGSQL.{os.environ['PGPORT']}")
        sign_in(server)
        table = "CREATE TABLE IF NOT EXISTS runs (number int)"
        statement = f"{table}; SELECT pg_sleep({pause_s}); INSERT INTO runs VALUES ({number})"
        server.sendall(message(b"Q", statement.encode() + b"\0"))
        until_ready(server)
    print("migrated", flush=True)


def sign_in(server: socket.socket) -> None:
    """By password, as RFC 5802 and 7677 have it."""
    words = f"user\0{os.environ['PGUSER']}\0database\0{os.environ['PGDATABASE']}\0\0".encode()
    server.sendall(message(b"", struct.pack("!i", 3 << 16) + words))
    assert authentication(server)[0] == _SASL
    first = f"n=,r={base64.b64encode(os.urandom(18)).decode()}"
    opening = f"n,,{first}".encode()
    server.sendall(message(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(opening)) + opening))
    kind, challenge = authentication(server)
    assert kind == _SASL_GOES_ON
    nonce, salt, rounds = (part[2:] for part in challenge.decode().split(","))
    password = os.environ["PGPASSWORD"].encode()
    salted = hashlib.pbkdf2_hmac("sha256", password, base64.b64decode(salt), int(rounds))
    key = hmac.digest(salted, b"Client Key", "sha256")
    last = f"c=biws,r={nonce}"
    signed = f"{first},{challenge.decode()},{last}".encode()
    signature = hmac.digest(hashlib.sha256(key).digest(), signed, "sha256")
    proof = base64.b64encode(bytes(one ^ other for one, other in zip(key, signature, strict=True))).decode()
    server.sendall(message(b"p", f"{last},p={proof}".encode()))
    until_ready(server)


def message(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!i", len(content) + 4) + content


def authentication(server: socket.socket) -> tuple[int, bytes]:
    kind, content = read(server)
    assert kind == b"R", content
    return struct.unpack("!i", content[:4])[0], content[4:]


def until_ready(server: socket.socket) -> None:
    kind = b""
    while kind != b"Z":
        kind, content = read(server)
        assert kind != b"E", content


def read(server: socket.socket) -> tuple[bytes, bytes]:
    kind, length = struct.unpack("!ci", exactly(server, 5))
    return kind, exactly(server, length - 4)


def exactly(server: socket.socket, many: int) -> bytes:
    data = b""
    while len(data) < many:
        piece = server.recv(many - len(data))
        assert piece, "the database hung up"
        data += piece
    return data


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
