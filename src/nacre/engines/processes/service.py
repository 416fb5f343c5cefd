"""What the supervisor keeps alive: anything that can be started, found again and stopped."""

from pathlib import Path
from typing import Protocol

from nacre.engines.processes.identity import Identity


class Service(Protocol):
    """One thing to keep running. Its process must survive the daemon, so it is never tied to it by a pipe."""

    @property
    def name(self) -> str:
        """Unique among the services of a supervisor, and readable: it names the log and shows in `status`."""

    @property
    def log_path(self) -> Path | None:
        """The log to keep from growing, or None when the service sees to that itself."""

    async def start(self) -> Identity:
        """Start it, and answer the process to watch once it serves. Raises when it does not come up."""

    async def adopt(self) -> Identity | None:
        """The process of a run before the daemon was restarted, proven to be this service's; None when none runs."""

    async def stop(self) -> None:
        """Stop it in an orderly way and return when it has ended. Nothing happens when it does not run."""

    def how_it_ended(self) -> str:
        """In words, for a person: how the last run ended, as far as is known."""
