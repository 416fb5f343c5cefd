"""What the steps look at: the app, its releases, and the parts of Nacre that a request for it passes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nacre.branches.catalog import Catalog
from nacre.branches.clusters import Clusters
from nacre.core.clock import Clock
from nacre.gateway.gateway import Gateway
from nacre.jobs.jobs import Jobs
from nacre.nodes.nodes import Nodes
from nacre.publishing.apps import App
from nacre.publishing.releases import Release
from nacre.publishing.showing import Status
from nacre.publishing.trouble.asking import Answered, ask_gateway, ask_socket
from nacre.repositories.shelf import Shelf

HERE_S = 10.0
"""How long an answer is waited for."""


@dataclass(frozen=True)
class Running:
    """How an app runs: in one word, why it does not where it should, and the last lines that it wrote."""

    status: Status
    trouble: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parts:
    """`gateway` is None in slim mode; `running` asks the runtime."""

    gateway: Gateway | None
    catalog: Catalog
    clusters: Clusters
    jobs: Jobs
    nodes: Nodes
    shelf: Shelf
    running: Callable[[App], Running]
    clock: Clock


@dataclass(frozen=True)
class Case:
    """`live` serves, `newest` was begun last; `socket` is what the gateway dials for the app."""

    app: App
    url: str | None
    live: Release | None
    newest: Release | None
    parts: Parts

    @property
    def socket(self) -> Path | None:
        gateway = self.parts.gateway
        return gateway.site.switchboard.line(self.app.slug) if gateway else None

    @cached_property
    def by_gateway(self) -> Answered:
        """What a visitor gets, from this machine."""
        assert self.parts.gateway is not None
        assert self.url is not None
        return ask_gateway(self.parts.gateway.site, self.url, HERE_S)

    @cached_property
    def by_socket(self) -> Answered:
        """What the app answers to whoever stands where the gateway does."""
        assert self.socket is not None
        return ask_socket(self.socket, HERE_S)

    @cached_property
    def running(self) -> Running:
        return self.parts.running(self.app)
