"""Where the gateway asks what answers at an address; previews and workspaces give the answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nacre.core.principals import Principal
from nacre.gateway.pages import Language
from nacre.gateway.targets import Target


@dataclass(frozen=True)
class Upstream:
    """Answer by passing the request to this socket, `strip_prefix` taken off its path and `add_prefix` put before it.

    `canonical` is the base that the program knows itself by, a path or a whole origin: who opens a page of it by
    another base is sent there.
    """

    socket: Path
    strip_prefix: str = ""
    add_prefix: str = ""
    canonical: str = ""


@dataclass(frozen=True)
class Page:
    """Answer with this page: it is starting, it crashed, it may not be seen, or there is nothing."""

    status: int
    html: str


class Reach(Protocol):
    async def find(self, target: Target, who: Principal, language: Language) -> Upstream | Page:
        """What answers for `target` when `who` asks; wakes it when it sleeps, and notes that it is used."""
