"""Wires logs: which there are and whose, the process that follows them, and what is asked about them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from nacre.branches.catalog import Branch, Project
from nacre.branches.places import Places
from nacre.core.clock import Clock
from nacre.core.settings import Settings
from nacre.engines.sandbox.layout import Layout
from nacre.gateway.site import Site
from nacre.monitoring.afar.owed import Owed
from nacre.monitoring.afar.pulling import Pulling
from nacre.monitoring.logs.audited import AuditLog
from nacre.monitoring.logs.caps import Caps
from nacre.monitoring.logs.changes import Changes
from nacre.monitoring.logs.desk import LogDesk
from nacre.monitoring.logs.planning import Planning
from nacre.monitoring.logs.service import Told, following
from nacre.monitoring.logs.shelves import Shelves
from nacre.monitoring.logs.source import UNREAD, Source
from nacre.nodes.nodes import Nodes
from nacre.publishing.apps import App, Apps
from nacre.runtime.afar.fleet import Fleet
from nacre.runtime.book import Book as RuntimeBook
from nacre.runtime.deployed import LOCAL
from nacre.runtime.instance import KEY
from nacre.wiring.branches import Branches
from nacre.wiring.ground import Ground
from nacre.wiring.part import Part
from nacre.workspaces.workspaces import Workspaces

ACCESS, AUDIT = "nacre.access", "audit"
_MB, _GB = 1 << 20, 1_000_000_000
_FOLLOW_AGAIN_S = 300.0
_log = structlog.get_logger()


def wire_logs(ground: Ground, branches: Branches, workspaces: Workspaces, nodes: Nodes, fleet: Fleet) -> Part:
    """To be started after those whose logs these are."""
    settings, catalog = ground.settings, branches.catalog
    plan, shelves = settings.run / "logs" / "plan.json", settings.logs / "shelves"
    apps = Apps(ground.store, catalog, ground.clock)
    book = RuntimeBook(ground.store, ground.box, ground.clock)
    owed = Owed(settings.logs / "nodes")
    pulling = Pulling(owed, shelves, partial(_lines, nodes, fleet, ground.clock), ground.clock)

    def sources() -> list[Source]:
        projects = catalog.all_projects()
        since = {project.id: _ms(project.created_at) for project in projects}
        found = apps.every()
        return [
            *_of_nacre(settings),
            *_of_audit(settings, projects),
            *_of_branches(catalog.all_branches(), ground.places, since, found),
            *_of_workspaces(workspaces, catalog.all_branches(), since),
            *_of_apps(found, settings, since),
            *_of_instances(found, book, settings, since, owed),
        ]

    ground.audit.cut_off()
    planning, audit = Planning(plan, sources), AuditLog(ground.audit, settings.logs / "audit.log", ground.clock)
    changes = Changes(lambda: ground.store.version, {"plan": planning.look, "audit": audit.look})
    told, record = _told(settings, plan, shelves), plan.with_name("follower.json")
    service = following(told, ground.places.log("logs"), record, settings.home)

    def follow() -> None:
        ground.loop.call_soon_threadsafe(ground.supervisor.keep, service, _FOLLOW_AGAIN_S)

    return Part(
        {LogDesk: LogDesk(Shelves(shelves, plan, catalog), pulling.late)},
        start={"what logs there are": changes.start, "follow logs": follow, "logs of nodes": pulling.start},
        stop=(pulling.close, changes.close),
    )


def _told(settings: Settings, plan: Path, shelves: Path) -> Told:
    return Told(
        plan=plan,
        shelves=shelves,
        caps=Caps(settings.log_source_mb * _MB, settings.log_days, int(settings.log_total_gb * _GB)),
        push_url=settings.log_push_url,
        push_token=_token(settings.log_push_token_file),
    )


def _token(path: Path | None) -> str:
    """Without it lines are refused there, and that is said: it is no reason for the whole of Nacre not to start."""
    try:
        return path.read_text().strip() if path else ""
    except (OSError, UnicodeDecodeError) as error:
        _log.error("log_push_token_file cannot be read", path=str(path), error=str(error))
        return ""


def _of_nacre(settings: Settings) -> Iterator[Source]:
    yield Source(key="nacre", name="", kind="nacre", path=str(settings.logs), each=True, but=("postgres-", "audit."))
    if settings.mode != "slim":
        access = str(Site.of(settings).access_log)
        yield Source(key=ACCESS, name="access", kind="nacre", path=access, process="access", rolls=True)


def _of_audit(settings: Settings, projects: list[Project]) -> Iterator[Source]:
    """All of it, and what each project's admins see of it: what was asked since that project was made."""
    yield Source(key=AUDIT, name="audit", kind="audit", path=str(settings.logs / "audit.log"))
    for project in projects:
        made = _ms(project.created_at)
        yield Source(
            key=f"audit.{project.id}.{made}", name=f"audit {project.name}", kind="audit", path="", project=project.name,
            since=made, view=AUDIT, from_ms=made,
        )  # fmt: skip


def _of_branches(branches: list[Branch], places: Places, since: Mapping[int, int], apps: list[App]) -> Iterator[Source]:
    """The database of an app is meant by its name as well."""
    by_data = {app.branch_id: app.slug for app in apps if app.kind == "production"}
    for branch in branches:
        ref = branch.ref
        yield Source(
            key=f"postgres.{branch.id}.{_ms(branch.created_at)}", name=f"postgres {ref}", kind="postgres",
            path=str(places.postgres_log(ref)), project=ref.project, since=since.get(branch.project_id, 0),
            branch=ref.branch, app=by_data.get(branch.id, ""),
        )  # fmt: skip


def _of_workspaces(workspaces: Workspaces, branches: list[Branch], since: Mapping[int, int]) -> Iterator[Source]:
    """A source for each process; what ran in a terminal, or for somebody who waited for it, is not theirs to read."""
    by_id = {branch.id: branch for branch in branches}
    for one in workspaces.all():
        if branch := by_id.get(one.branch_id):
            yield Source(
                key=f"workspace.{one.person}.{branch.id}.{_ms(branch.created_at)}",
                name=f"workspace {one.person} {one.ref}", kind="workspace", path=str(workspaces.folder(one) / "log"),
                project=one.ref.project, since=since.get(branch.project_id, 0), branch=one.ref.branch,
                person=one.person, each=True, but=UNREAD,
            )  # fmt: skip


def _of_apps(apps: list[App], settings: Settings, since: Mapping[int, int]) -> Iterator[Source]:
    """What it is asked, and how its releases are made."""
    for app in apps:
        yield Source(
            key=f"release.{app.id}", name=f"release {app.slug}", kind="release", path=str(settings.logs / "releases"),
            project=app.project, since=since.get(app.project_id, 0), branch=app.source, app=app.slug, each=True,
            only=f"{app.id}-",
        )  # fmt: skip
        if settings.mode != "slim":
            yield Source(
                key=f"requests.{app.id}", name=f"requests {app.slug}", kind="requests", path="", project=app.project,
                since=since.get(app.project_id, 0), branch=app.source, app=app.slug, view=ACCESS,
                from_ms=_ms(app.created_at),
            )  # fmt: skip


def _of_instances(
    apps: list[App], book: RuntimeBook, settings: Settings, since: Mapping[int, int], owed: Owed
) -> list[Source]:
    """One for each, since several run side by side; those on other machines owe theirs."""
    by_slug, here, there = {app.slug: app for app in apps}, [], []
    for number, slug, release, node in book.numbers():
        of = by_slug.get(slug)
        if of is None:
            continue
        source = Source(
            key=f"app.{of.id}.{number}", name=f"app {slug}", kind="app",
            path=str(Layout(settings.run / "apps" / slug / str(number)).log(KEY)), release=release,
            project=of.project, since=since.get(of.project_id, 0), branch=of.source, app=slug,
        )  # fmt: skip
        if node == LOCAL:
            here.append(source)
        else:
            there.append((node, number, source))
    return [*here, *owed.owe(there)]


def _lines(nodes: Nodes, fleet: Fleet, clock: Clock) -> dict[str, tuple[Path, datetime]]:
    """Of the nodes that run apps, what leads there and when they were last heard of."""
    heard = {node.name: node.last_heard_at or clock() for node in nodes.all()}
    return {one.name: (fleet.line(one.name), heard.get(one.name) or clock()) for one in nodes.reached()}


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
