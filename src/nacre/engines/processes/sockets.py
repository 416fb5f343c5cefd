"""Who listens: the sockets of a network namespace that wait for connections, as the kernel tells it."""

import ipaddress
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_PROC = Path("/proc")
_TCP_LISTENS = "0A"
_UDP_UNCONNECTED = "07"
_UNIX_ACCEPTS = 1 << 16  # __SO_ACCEPTCON among the flags of proc_pid_net(5), unix
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_EPHEMERAL = (32768, 60999)


@dataclass(frozen=True, order=True)
class Listener:
    """`address` is an IP address with a `port`, or the path of a unix socket (`@` first: one without a file)."""

    protocol: Literal["tcp", "udp", "unix"]
    address: str
    port: int | None
    inode: int

    @property
    def is_loopback(self) -> bool:
        return self.protocol != "unix" and ipaddress.ip_address(self.address).is_loopback

    def __str__(self) -> str:
        if self.port is None:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def listening(pid: int | None = None) -> list[Listener]:
    """Those in the network namespace of that process, by default in our own; none when it has ended.

    UDP has no listening: what counts is bound, connected to nobody, and not at a port that the kernel gives to clients.
    """
    tables = _PROC / ("self" if pid is None else str(pid)) / "net"
    first, last = _ephemeral()
    found = [
        *(one for name in ("tcp", "tcp6") for one in _internet(tables / name, "tcp", _TCP_LISTENS)),
        *(
            one
            for name in ("udp", "udp6")
            for one in _internet(tables / name, "udp", _UDP_UNCONNECTED)
            if one.port is not None and not first <= one.port <= last
        ),
        *_unix(tables / "unix"),
    ]
    return sorted(found)


def holders(pids: Iterable[int]) -> dict[int, int]:
    """Which of these processes holds a socket, by the socket's inode; of several the one with the lowest number."""
    found: dict[int, int] = {}
    for pid in sorted(pids):
        for inode in _held(pid):
            found.setdefault(inode, pid)
    return found


def network_of(pid: int) -> str | None:
    """The name of the process's network namespace; None when it has ended or may not be looked at."""
    try:
        return str((_PROC / str(pid) / "ns" / "net").readlink())
    except OSError:
        return None


def address_of(hexadecimal: str) -> str:
    """An address as the tables have it: 32-bit words, each in the machine's own order of bytes."""
    raw = bytes.fromhex(hexadecimal)
    words = b"".join(int.from_bytes(raw[at : at + 4], sys.byteorder).to_bytes(4, "big") for at in range(0, len(raw), 4))
    return str(ipaddress.ip_address(words))


def _internet(table: Path, protocol: Literal["tcp", "udp"], state: str) -> Iterator[Listener]:
    for row in _rows(table):
        if len(row) > 9 and row[3] == state:
            address, _, port = row[1].rpartition(":")
            yield Listener(protocol, address_of(address), int(port, 16), int(row[9]))


def _unix(table: Path) -> Iterator[Listener]:
    for row in _rows(table, fields=8):
        if len(row) == 8 and int(row[3], 16) & _UNIX_ACCEPTS:
            yield Listener("unix", row[7].rstrip("\n"), None, int(row[6]))


def _rows(table: Path, fields: int = -1) -> list[list[str]]:
    """The rows below the heading; without a table (no IPv6, the process has ended) none."""
    try:
        lines = table.read_text(errors="replace").splitlines()[1:]
    except OSError:
        return []
    return [line.split(maxsplit=fields - 1) if fields > 0 else line.split() for line in lines]


def _held(pid: int) -> Iterator[int]:
    try:
        entries = [*(_PROC / str(pid) / "fd").iterdir()]
    except OSError:
        return  # it ended meanwhile, or is not ours to look at
    for entry in entries:
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            yield int(target[len("socket:[") : -1])


def _ephemeral() -> tuple[int, int]:
    try:
        first, last = _EPHEMERAL.read_text().split()
    except (OSError, ValueError):
        return _USUAL_EPHEMERAL
    return int(first), int(last)
