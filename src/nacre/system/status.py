"""How everything is: the daemon, each branch's Postgres and files, the workspaces, disk and memory."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from nacre import __version__
from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.core.audit import Audit
from nacre.core.clock import Clock
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.settings import Settings
from nacre.engines.processes.memory import own_pss_bytes, pss_bytes
from nacre.engines.processes.supervisor import Status as Kept
from nacre.engines.storage.driver import Storage
from nacre.gateway.gateway import Gateway
from nacre.gateway.site import console_address
from nacre.workspaces.book import Workspace
from nacre.workspaces.workspaces import Workspaces


class BranchStatus(Answer):
    """`postgres` is running, waiting, given-up, … or stopped; `memory_bytes` its share of memory (PSS)."""

    ref: str
    state: str
    postgres: str
    pid: int | None
    restarts: int
    trouble: str
    memory_bytes: int


class WorkspaceStatus(Answer):
    """One that runs, or should. `state` is running, waiting, given-up, …; `trouble` is why it ended last, or what limit
    its processes were ended for; `memory_bytes` its share of memory (PSS)."""

    person: str
    ref: str
    state: str
    pid: int | None
    restarts: int
    trouble: str
    memory_bytes: int


class GatewayStatus(Answer):
    """`state` is running, waiting, given-up, … or stopped; `content` the origin of people's own pages."""

    state: str
    pid: int | None
    restarts: int
    trouble: str
    memory_bytes: int
    content: str
    root_certificate: str | None


class ModelsStatus(Answer):
    """The side-car by which models are reached. `state` is asleep until somebody calls one, then running, waiting, …"""

    state: str
    pid: int | None
    restarts: int
    trouble: str
    memory_bytes: int


class Status(Answer):
    """`database` tells of data.db whether it is sound, damaged and where, or still being looked through."""

    version: str
    mode: str
    home: str
    listening: str
    started_at: datetime
    uptime_seconds: float
    pid: int
    memory_bytes: int
    disk_free_bytes: int
    storage: str
    copy_on_write: bool
    database: str
    gateway: GatewayStatus | None
    models: ModelsStatus
    branches: list[BranchStatus]
    workspaces: list[WorkspaceStatus]


class System:
    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        clusters: Clusters,
        audit: Audit,
        clock: Clock,
        storage: Storage,
        troubles: Callable[[], Iterable[Mapping[str, str]]],
        gateway: Gateway | None,
        workspaces: Workspaces,
        models: Callable[[], Kept | None],
        database: Callable[[], str],
    ) -> None:
        """`troubles` says, by branch, what other parts could not do. In slim mode there is no gateway. `models` tells
        of the side-car, None while nobody has called it."""
        self.audit = audit
        self.settings = settings
        self._catalog = catalog
        self._clusters = clusters
        self._clock = clock
        self._storage = storage
        self._troubles = troubles
        self._gateway = gateway
        self._workspaces = workspaces
        self._models = models
        self._database = database
        self._started_at = clock()

    def status(self, who: Principal) -> Status:
        """The state of things, with the branches and workspaces that `who` may see."""
        branches = [branch for branch in self._catalog.all_branches() if who.may_touch(branch.ref.project)]
        return Status(
            version=__version__,
            home=str(self.settings.home),
            mode=self.settings.mode,
            listening=console_address(self.settings),
            started_at=self._started_at,
            uptime_seconds=(self._clock() - self._started_at).total_seconds(),
            pid=os.getpid(),
            memory_bytes=own_pss_bytes(os.getpid()),
            disk_free_bytes=shutil.disk_usage(self.settings.home).free,
            storage=self._storage.name,
            copy_on_write=self._storage.copy_on_write,
            gateway=self._gateway and _told(self._gateway),
            database=self._database(),
            models=_of_models(self._models()),
            branches=[self._branch(branch) for branch in branches],
            workspaces=[*self._running_workspaces(who)],
        )

    def _branch(self, branch: Branch) -> BranchStatus:
        kept = self._clusters.status(branch)
        return BranchStatus(
            ref=str(branch.ref),
            state=branch.state,
            postgres=kept.state.value if kept else "stopped",
            pid=kept.pid if kept else None,
            restarts=kept.restarts if kept else 0,
            trouble="; ".join(self._trouble_of(branch, kept)),
            memory_bytes=pss_bytes(kept.pid) if kept and kept.pid else 0,
        )

    def _trouble_of(self, branch: Branch, kept: Kept | None) -> Iterator[str]:
        if kept and kept.failures:
            yield kept.last_ending
        for trouble in self._troubles():
            if str(branch.ref) in trouble:
                yield trouble[str(branch.ref)]

    def _running_workspaces(self, who: Principal) -> Iterator[WorkspaceStatus]:
        for one in self._workspaces.all():
            kept = self._workspaces.status(one.person, one.ref)
            if kept and who.may_enter(one.ref):
                yield self._workspace(one, kept)

    def _workspace(self, one: Workspace, kept: Kept) -> WorkspaceStatus:
        troubles = (kept.last_ending if kept.failures else "", self._workspaces.trouble(one.person, one.ref))
        return WorkspaceStatus(
            person=one.person,
            ref=str(one.ref),
            state=kept.state.value,
            pid=kept.pid,
            restarts=kept.restarts,
            trouble="; ".join(filter(None, troubles)),
            memory_bytes=pss_bytes(kept.pid) if kept.pid else 0,
        )


def _told(gateway: Gateway) -> GatewayStatus:
    kept, site = gateway.status(), gateway.site
    return GatewayStatus(
        state=kept.state.value if kept else "stopped",
        pid=kept.pid if kept else None,
        restarts=kept.restarts if kept else 0,
        trouble=gateway.trouble,
        memory_bytes=pss_bytes(kept.pid) if kept and kept.pid else 0,
        content=site.content,
        root_certificate=None if site.is_public else str(site.root_certificate),
    )


def _of_models(kept: Kept | None) -> ModelsStatus:
    return ModelsStatus(
        state=kept.state.value if kept else "asleep",
        pid=kept.pid if kept else None,
        restarts=kept.restarts if kept else 0,
        trouble=kept.last_ending if kept and kept.failures else "",
        memory_bytes=pss_bytes(kept.pid) if kept and kept.pid else 0,
    )
