"""The gateway: whether it runs, what it uses, and what its log tells of all that it was asked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import nan

from nacre.engines.host.processes import Processes
from nacre.engines.processes.supervisor import State, Status
from nacre.monitoring.access.book import AccessBook
from nacre.monitoring.measures.gateway import GATEWAY
from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.probes.app import requests
from nacre.monitoring.probes.busy import Busy


@dataclass
class OfGateway:
    """Looks after the apps were looked at, which has the log read. `status` tells how it is kept running."""

    status: Callable[[], Status | None]
    processes: Processes
    access: AccessBook
    kind: Kind = GATEWAY
    _busy: Busy = field(default_factory=Busy)

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        status = self.status()
        pid = status.pid if status is not None else None
        usage = self.processes.trees({pid}).get(pid) if pid is not None else None
        self._busy.begin()
        yield (
            "",
            (
                status is not None and status.state is State.RUNNING,
                status.restarts if status is not None else 0,
                nan if pid is None or usage is None else self._busy.percent(pid, usage.cpu_s),
                nan if usage is None else usage.memory_bytes,
                *requests(self.access.whole),
            ),
        )
