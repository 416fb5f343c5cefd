"""What a relay does, as a file: it is read again when the relay is told, and by the next one after a kill."""

import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from nacre.core.whole import write_whole

P = TypeVar("P", bound=BaseModel)
_TOLD_WITHIN_S = 5.0


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Part):
    """A unix socket that leads through the wire to a door at the other end."""

    path: Path
    door: str


class Machine(_Part):
    """One that answers: `fingerprint` is the SHA-256 of its certificate. `lines` lead there, `doors` are what may be
    reached from there, by name."""

    host: str
    port: int
    fingerprint: str
    lines: tuple[Line, ...] = ()
    doors: dict[str, Path] = Field(default_factory=dict)


class NearPlan(_Part):
    """Of the machine that calls."""

    machines: dict[str, Machine] = Field(default_factory=dict)


class FarPlan(_Part):
    """Of a machine that answers on `host` and `port`."""

    host: str
    port: int
    lines: tuple[Line, ...] = ()
    doors: dict[str, Path] = Field(default_factory=dict)


class Folder:
    """Where a relay has its plan, its key, and the sockets that are its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plan = path / "plan.json"
        self.ear = path / "ear.sock"
        self.key = path / "own.key"
        self.certificate = path / "own.crt"
        self.authority = path / "authority.crt"

    def tell(self, plan: BaseModel) -> bool:
        """Write it down, and return once the relay does it; False when none runs, which is to read it at its start."""
        write_whole(self.plan, plan.model_dump_json().encode(), 0o644)
        with suppress(OSError), socket.socket(socket.AF_UNIX) as ear:
            ear.settimeout(_TOLD_WITHIN_S)
            ear.connect(str(self.ear))
            return ear.recv(1) == b"."
        return False

    def read(self, kind: type[P], otherwise: Callable[[], P]) -> P:
        """The plan that was written down."""
        try:
            return kind.model_validate_json(self.plan.read_bytes())
        except FileNotFoundError:
            return otherwise()
