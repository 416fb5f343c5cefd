"""Which apps there are, and who may do what with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, Select, delete, insert, select, update

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.tables import projects
from nacre.core.clock import Clock
from nacre.core.errors import Conflict, NotAllowed, NotFound
from nacre.core.names import MAIN, Ref
from nacre.core.principals import Principal, Role
from nacre.core.store.store import Store
from nacre.publishing import tables

Kind = Literal["production", "preview"]
State = Literal["running", "stopped", "deleting"]
PRODUCTION = "production"


class Scale(BaseModel):
    """What an app may use, where it was said; None is what its release says."""

    model_config = ConfigDict(frozen=True)

    memory_mb: int | None = Field(None, description="Memory, in MB.")
    cpus: float | None = Field(None, description="Processors it may keep busy.")
    idle_minutes: float | None = Field(None, description="Minutes without a request until it sleeps; 0: it never does.")


@dataclass(frozen=True)
class App:
    """`source` is the branch last published, `branch_id` that of its own data, `release` the number that serves."""

    id: int
    slug: str
    project: str
    project_id: int
    kind: Kind
    source: str
    branch_id: int | None
    state: State
    release: int | None
    scale: Scale
    created_by: str
    created_at: datetime
    expires_at: datetime | None

    @property
    def source_ref(self) -> Ref:
        return Ref(self.project, self.source)

    @property
    def production_ref(self) -> Ref:
        """The branch of its own data, whether it is there or not."""
        return production_ref(self.project, self.slug)


def production_ref(project: str, slug: str) -> Ref:
    """`shop:production`; for an app of another name than its project's `shop:production-NAME`."""
    return Ref(project, PRODUCTION if slug == project else f"{PRODUCTION}-{slug}")


class Apps:
    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    def of(self, who: Principal, slug: str, role: Role) -> App:
        """The app, for somebody with this role in its project.

        Raises NotFound "app-not-found", also for who may not know of it, and NotAllowed "not-allowed".
        """
        app = self.find(slug)
        if app is None or not _may_know(who, app):
            raise NotFound("app-not-found", f"There is no app “{slug}”.", hint="`nacre app list` shows them.")
        own = who.role_in(app.project) or Role.VIEWER
        if own < role:
            raise NotAllowed(
                "not-allowed",
                f"This needs the role {role.word} in “{app.project}”; {who} has {own.word} there.",
                hint=f"An admin of it gives it: `nacre member set {app.project} PERSON --role {role.word}`.",
            )
        return app

    def all(self, who: Principal) -> list[App]:
        """Those of the projects that the caller may touch, by name."""
        return [app for app in self.every() if _may_know(who, app)]

    def every(self) -> list[App]:
        return list(self._found(_query()))

    def find(self, slug: str) -> App | None:
        return next(self._found(_query().where(tables.apps.c.slug == slug)), None)

    def by_id(self, app_id: int) -> App | None:
        return next(self._found(_query().where(tables.apps.c.id == app_id)), None)

    def of_project(self, project: str) -> list[App]:
        return list(self._found(_query().where(projects.c.name == project)))

    def on_branch(self, branch: Branch) -> list[App]:
        """Those whose data is this branch's."""
        return list(self._found(_query().where(tables.apps.c.branch_id == branch.id)))

    def branch(self, app: App) -> Branch | None:
        """The branch of its data, None until it has one."""
        return None if app.branch_id is None else self._catalog.branch_by_id(app.branch_id)

    def claim(self, slug: str, kind: Kind, source: Branch, who: Principal, lifetime: timedelta | None) -> App:
        """The app of this name in the source's project, made if there is none; a preview's time begins anew.

        Raises Conflict "app-exists" when another project, or an app of the other kind, has the name; NotAllowed
        "outside-scope" where the caller is limited to a branch, and the app is another one's or would serve for all.
        """
        if who.branch is not None and kind == "production" and source.ref.branch != MAIN:
            raise _outside(who, slug)
        now = self._clock()
        with self._store.write() as connection:
            row = connection.execute(_query().where(tables.apps.c.slug == slug)).one_or_none()
            if row is None:
                connection.execute(
                    insert(tables.apps).values(
                        slug=slug, project_id=source.project_id, kind=kind, source=source.ref.branch,
                        branch_id=source.id if kind == "preview" else None, state="running", settings={},
                        created_by=str(who), created_at=now, expires_at=now + lifetime if lifetime else None,
                    )
                )  # fmt: skip
                row = connection.execute(_query().where(tables.apps.c.slug == slug)).one()
        app = _app(row)
        if app.project_id != source.project_id or app.kind != kind or app.state == "deleting":
            raise Conflict(
                "app-exists",
                f"The name “{slug}” is taken by another app of this Nacre.",
                hint="Name this one otherwise: `nacre publish REF --app NAME`.",
            )
        if not _may_know(who, app):
            raise _outside(who, slug)
        return self.update(app, expires_at=now + lifetime) if lifetime else app

    def update(self, app: App, **values: Any) -> App:
        with self._store.write() as connection:
            connection.execute(update(tables.apps).where(tables.apps.c.id == app.id).values(**values))
        return next(self._found(_query().where(tables.apps.c.id == app.id)))

    def remove(self, app: App) -> None:
        """Its rows, all of them at once."""
        with self._store.write() as connection:
            for table in (tables.secrets, tables.variables, tables.releases, tables.domains):
                connection.execute(delete(table).where(table.c.app_id == app.id))
            connection.execute(delete(tables.apps).where(tables.apps.c.id == app.id))

    def _found(self, query: Select[Any]) -> Iterator[App]:
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(tables.apps.c.slug)).all()
        return map(_app, rows)


def default_slug(ref: Ref) -> str:
    """An app is called like its project; the preview of a branch `shop-try-x`, as much of it as a name may have."""
    return ref.project if ref.branch == MAIN else f"{ref.project}-{ref.branch}"[:39].rstrip("-")


def _may_know(who: Principal, app: App) -> bool:
    return who.may_touch(app.project) and who.branch in (None, app.source_ref)


def _outside(who: Principal, slug: str) -> NotAllowed:
    return NotAllowed(
        "outside-scope",
        f"{who} is limited to {who.branch}, and may not say what “{slug}” serves.",
        hint=f"Publish the branch beside it, `nacre publish {who.branch} --preview`, and ask a person for the rest.",
    )


def _query() -> Select[Any]:
    return select(tables.apps, projects.c.name.label("project")).join(
        projects, projects.c.id == tables.apps.c.project_id
    )


def _app(row: Row[Any]) -> App:
    values = dict(row._mapping)
    return App(
        scale=Scale.model_validate(values["settings"]),
        **{name: value for name, value in values.items() if name != "settings"},
    )
