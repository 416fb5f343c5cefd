"""Where a running cluster can be reached."""

from dataclasses import dataclass
from pathlib import Path

_SOCKET_PATH_LIMIT = 107
"""Bytes in sockaddr_un.sun_path, less the closing zero: unix(7)."""


@dataclass(frozen=True)
class Seat:
    """A port (which also names the socket) and the directory of the socket; `tcp` adds 127.0.0.1:port."""

    port: int
    socket_dir: Path
    tcp: bool = True

    @property
    def socket_path(self) -> Path:
        return self.socket_dir / f".s.PGSQL.{self.port}"

    @property
    def hba_file(self) -> Path:
        return self.socket_dir / "pg_hba.conf"

    @property
    def ident_file(self) -> Path:
        return self.socket_dir / "pg_ident.conf"

    @property
    def fits(self) -> bool:
        """Whether the socket's path is short enough for the operating system."""
        return len(str(self.socket_path).encode()) <= _SOCKET_PATH_LIMIT
