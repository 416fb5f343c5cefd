"""What every way to make a sandbox promises."""

from typing import Protocol

from nacre.engines.processes.service import Service
from nacre.engines.sandbox.spec import Spec


class Sandbox(Service, Protocol):
    """A sandbox as something to be kept running: `start` returns when its warden answers."""

    @property
    def trouble(self) -> str:
        """What limit its processes were ended for last, in words; empty when none was."""

    @property
    def disk_bytes(self) -> int | None:
        """What its writable folders took when they were measured last; None before that."""

    def killed_for_memory(self) -> int:
        """How many of its processes were ended for memory since it was started, as far as the kernel tells."""


class Driver(Protocol):
    """Makes sandboxes. Both drivers pass one contract suite; where they differ, `enforced` says so."""

    name: str

    def refusal(self) -> str:
        """Why no sandbox can be made on this machine, as a sentence; empty when it can."""

    def enforced(self) -> dict[str, str]:
        """How each boundary is held here, in words, by its name: files, processes, system-calls, network, cpu, memory,
        process-count, disk, log. What is not held here is missing."""

    def service(self, spec: Spec) -> Sandbox:
        """The sandbox, to be handed to a supervisor."""
