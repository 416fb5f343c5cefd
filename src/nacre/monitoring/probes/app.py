"""Published apps: whether they run, what they use, and what the gateway's log tells of their requests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Protocol

from nacre.engines.host.processes import Processes, Usage
from nacre.monitoring.access.book import AccessBook
from nacre.monitoring.access.counting import Counts
from nacre.monitoring.measures.app import APP
from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.measures.requests import REQUESTS
from nacre.monitoring.probes.busy import Busy
from nacre.publishing.apps import Apps
from nacre.publishing.releases import Releases
from nacre.runtime.deployed import LOCAL
from nacre.runtime.status import AppStatus, Used


class Runs(Protocol):
    def statuses(self) -> list[AppStatus]:
        """How each app is, wherever it runs."""


@dataclass
class OfApps:
    """`access` is None where there is no gateway."""

    apps: Apps
    releases: Releases
    runtime: Runs
    processes: Processes
    access: AccessBook | None
    kind: Kind = APP
    _busy: Busy = field(default_factory=Busy)

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        apps = self.apps.every()
        if self.access is not None:
            self.access.read({app.slug for app in apps})
        statuses = {one.app: one for one in self.runtime.statuses()}
        used = self.processes.trees({one.pid for one in statuses.values() if one.pid is not None})
        failed = self.releases.failed_last()
        self._busy.begin()
        for app in apps:
            status = statuses.get(app.slug)
            counts = self.access.of(app.slug) if self.access is not None else None
            yield (
                f"{app.project}/{app.slug}",
                (
                    *_running(status),
                    nan if app.release is None else app.release,
                    *_instances(status),
                    *self._uses(status, used),
                    *requests(counts),
                    app.id in failed,
                ),
            )

    def _uses(self, status: AppStatus | None, used: dict[int, Usage]) -> tuple[float, float, float, float, float]:
        of = _used(status, used)
        most = status.memory_mb if status is not None else None
        if status is not None and status.state in ("stopped", "asleep"):  # nothing, so that what fired for it is over
            return 0.0, status.cpus or nan, 0.0, nan if most is None else most << 20, 0.0
        return (
            nan if of is None else self._busy.percent(of.process, of.usage.cpu_s, of.at_s),
            (status.cpus if status is not None else None) or nan,
            nan if of is None else of.usage.memory_bytes,
            nan if most is None else most << 20,
            nan if of is None else of.usage.processes,
        )


def requests(counts: Counts | None) -> tuple[float, ...]:
    """In the order of REQUESTS; not numbers where nobody counts."""
    if counts is None:
        return (nan,) * len(REQUESTS)
    return (counts.requests, *counts.by_class[2:], counts.slow, counts.sent_bytes, *counts.latencies(0.5, 0.95, 0.99))


def _used(status: AppStatus | None, here: Mapping[int, Usage]) -> Used | None:
    """By its process here, or as its node told it."""
    if status is None or status.pid is None or status.pid not in here:
        return status.used if status is not None else None
    return Used((LOCAL, status.pid), None, here[status.pid])


def _running(status: AppStatus | None) -> tuple[bool, bool]:
    """Whether it is wanted, and whether it is up."""
    if status is None:
        return False, False
    return status.state not in ("stopped", "asleep"), status.state == "running"


def _instances(status: AppStatus | None) -> tuple[float, float]:
    if status is None:
        return 0, 0
    return status.draining + (status.state == "running"), nan if status.restarts is None else status.restarts
