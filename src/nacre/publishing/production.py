"""The branch that holds the data of a published app: made for its first release, seeded from what is published."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from psycopg.sql import SQL, Identifier

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.branches.locks import Locks
from nacre.core.errors import Conflict, NotFound
from nacre.core.names import Ref
from nacre.core.principals import Principal
from nacre.core.procedures import Procedures
from nacre.engines.postgres.copying import End, copy_database
from nacre.engines.postgres.provision import ensure_database
from nacre.projects.creation import Creation
from nacre.projects.diff import definitions_of
from nacre.projects.removal import Removal
from nacre.publishing.apps import App, Apps

Seed = Literal["schema", "data", "empty"]
Say = Callable[[str], None]


class Production:
    """Called from worker threads."""

    def __init__(self, catalog: Catalog, clusters: Clusters, locks: Locks, procedures: Procedures, apps: Apps) -> None:
        self._catalog = catalog
        self._clusters = clusters
        self._locks = locks
        self._procedures = procedures
        self._apps = apps

    def ensure(self, app: App, source: Ref, seed: Seed, who: Principal, say: Say) -> Branch:
        """The app's own branch, its Postgres running. Until a release of the app was ever live it is made anew from
        the source, which may have changed since; from then on it is left alone.

        Raises Conflict "production-branch-taken", "schema-not-copied" and what creating a branch raises.
        """
        with self._held(app.production_ref):
            branch = self._find(app) or self._create(app, who, say)
            self._clusters.start(branch)
            if app.release is None:
                self._seed(app, branch, source, seed, say)
            return branch

    def definitions(self, branch: Branch) -> dict[str, list[str]]:
        """Its tables, and what they are made of."""
        with self._clusters.person(branch) as connection:
            return definitions_of(connection)

    def check_removable(self, branch: Branch) -> None:
        """Raises Conflict "branch-has-children"."""
        children = [str(child.ref) for child in self._catalog.children(branch.id)]
        if children:
            raise Conflict(
                "branch-has-children",
                f"{branch.ref} has branches that rest on its history: {', '.join(children)}.",
                hint=f"`nacre branch delete {children[0]}` first.",
            )

    def remove(self, app: App) -> None:
        """The branch with its history; does nothing where there is none."""
        with self._held(app.production_ref):
            branch = self._find(app)
            if branch is None:
                return
            self._apps.update(app, branch_id=None)
            self._procedures.run(Removal.kind, Removal.begin([branch], None))

    @contextmanager
    def _held(self, ref: Ref) -> Iterator[None]:
        with self._locks.hold(ref):
            self._procedures.settle(ref)
            yield

    def _find(self, app: App) -> Branch | None:
        ref = app.production_ref
        try:
            branch = self._catalog.running(ref)
        except NotFound:
            return None
        if not branch.production:
            raise Conflict(
                "production-branch-taken",
                f"There is a branch {ref} of yours already, where the app “{app.slug}” would keep its data.",
                hint=f"`nacre branch create {ref} NAME` copies it to another name; then delete {ref}.",
            )
        if app.branch_id != branch.id:
            self._apps.update(app, branch_id=branch.id)
        return branch

    def _create(self, app: App, who: Principal, say: Say) -> Branch:
        say(f"Making {app.production_ref}, the app's own database, with a time machine of its own.")
        state = self._procedures.run(Creation.kind, Creation.begin(app.production_ref, who, production=True))
        branch = self._catalog.branch_by_id(state["branch_id"])
        self._apps.update(app, branch_id=branch.id)
        return branch

    def _seed(self, app: App, branch: Branch, source: Ref, seed: Seed, say: Say) -> None:
        self._empty(branch)
        if seed == "empty":
            return
        started = time.monotonic()
        origin = self._catalog.running(source)
        with self._clusters.admin(branch, branch.ref.project) as admin:
            copy_database(
                self._clusters.installation,
                self._clusters.owner,
                self._end(origin),
                self._end(branch),
                admin,
                "all" if seed == "data" else "bookkeeping",
            )
        what = "schema and rows" if seed == "data" else "the schema"
        say(f"Brought over {what} of {source} in {time.monotonic() - started:.2f} s.")

    def _empty(self, branch: Branch) -> None:
        """Nobody was ever served from it, so what an attempt before left goes; its history keeps it."""
        name = branch.ref.project
        with self._clusters.admin(branch) as admin:
            admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
            ensure_database(admin, name, name)

    def _end(self, branch: Branch) -> End:
        name = branch.ref.project
        return End(self._clusters.seat(branch), name, self._catalog.password(branch), name)
