"""Projects and branches as the verbs use them: each method checks what was asked, then runs a procedure."""

import time
from collections.abc import Callable
from datetime import datetime

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.clusters import Clusters
from nacre.branches.locks import Locks
from nacre.branches.places import Places
from nacre.core.clock import Clock
from nacre.core.errors import Conflict, InvalidInput
from nacre.core.moments import parse_moment
from nacre.core.names import MAIN, Ref, check_slug
from nacre.core.operations import Answer
from nacre.core.principals import Kind, Principal, Role
from nacre.core.procedures import Procedures, State
from nacre.history.machine import StorageUsed
from nacre.history.positions import Positions
from nacre.projects.creation import Creation
from nacre.projects.removal import Removal

CheckOrigin = Callable[[str, bool], None]
"""Refuses a URL that no project is made from; the last says whether it may lead to any address at all."""


class Shown(Answer):
    """A branch and how to reach it. `database_url` and `files_path` never change for the life of the branch.

    The URL holds the password, so viewers are not shown it, nor whoever is limited to another branch; that of a branch
    in `production`, which holds the data of a published app, is for people who are admins alone. `role` is the asker's
    in the project.
    """

    name: str
    branch: str
    ref: str
    state: str
    parent: str | None
    files_path: str
    database_url: str | None
    created_at: datetime
    role: str
    production: bool


class Created(Answer):
    """A new branch. `reached` is when the last transaction it holds committed (None: it is empty)."""

    ref: str
    files_path: str
    database_url: str
    storage: StorageUsed
    seconds: float
    reached: datetime | None
    phases: dict[str, float]


class Removed(Answer):
    removed: list[str]
    seconds: float


class Lifecycle:
    def __init__(
        self,
        catalog: Catalog,
        places: Places,
        clusters: Clusters,
        locks: Locks,
        positions: Positions,
        procedures: Procedures,
        check_origin: CheckOrigin,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._places = places
        self._clusters = clusters
        self._locks = locks
        self._positions = positions
        self._procedures = procedures
        self._check_origin = check_origin
        self._clock = clock

    def create_project(self, name: str, who: Principal, origin: str | None = None) -> Created:
        """An empty database and an empty folder, with a time machine from the first second.

        The folder has the files of the repository at the URL `origin`, if one is given.
        """
        started = time.monotonic()
        ref = Ref(check_slug(name, "project"))
        with self._locks.hold(ref):
            self._procedures.settle(ref)
            if any(project.name == name for project in self._catalog.all_projects()):
                raise Conflict(
                    "project-exists",
                    f"There is already a project “{name}”.",
                    hint=f"Choose another name, or `nacre project delete {name}` first.",
                )
            if origin is not None:
                self._check_origin(origin, who.role >= Role.ADMIN)
            return self._created(self._procedures.run(Creation.kind, Creation.begin(ref, who, origin=origin)), started)

    def create_branch(self, parent_ref: Ref, name: str, moment: str | None, who: Principal) -> Created:
        """A branch that carries on from a moment of its parent (None: from now), beside it."""
        started = time.monotonic()
        ref = Ref(parent_ref.project, check_slug(name, "branch"))
        with self._locks.hold(ref, parent_ref):
            self._procedures.settle(ref, parent_ref)
            parent = self._catalog.running(parent_ref)
            if any(branch.ref == ref for branch in self._catalog.all_branches(parent.project_id)):
                raise Conflict(
                    "branch-exists",
                    f"“{ref.project}” already has a branch “{ref.branch}”.",
                    hint=f"Choose another name, or `nacre branch delete {ref}` first.",
                )
            position = (
                self._positions.find(parent, parse_moment(moment, self._clock()))
                if moment
                else self._positions.present(parent)
            )
            found = time.monotonic()
            self._positions.source(position)  # refuses what cannot be recovered, before anything is made
            before = {"find": found - started, "prove": time.monotonic() - found}
            state = self._procedures.run(Creation.kind, Creation.begin(ref, who, parent, position))
            state["seconds"] = before | state["seconds"]
            return self._created(state, started, reached=position.reached)

    def delete_branch(self, ref: Ref) -> Removed:
        """Raises Conflict for a project's main and for a branch with children."""
        started = time.monotonic()
        if ref.branch == MAIN:
            raise Conflict(
                "main-branch",
                f"“{MAIN}” is what the project “{ref.project}” stands on; it goes only with the project.",
                hint=f"`nacre project delete {ref.project}` deletes the project with all its branches.",
            )
        with self._locks.hold(ref):
            branch = self._catalog.branch(ref)
            children = [str(child.ref) for child in self._catalog.children(branch.id)]
            if children:
                raise Conflict(
                    "branch-has-children",
                    f"{ref} has branches of its own: {', '.join(children)}; they rest on its history.",
                    hint="Delete those first.",
                )
            return self._remove([branch], None, started)

    def delete_project(self, ref: Ref) -> Removed:
        """The project with all its branches and their history. Raises InvalidInput if a branch was named."""
        started = time.monotonic()
        name = ref.project
        if ref.branch != MAIN:
            raise InvalidInput(
                "not-a-project", f"{ref} is a branch, not a project.", hint=f"Did you mean `nacre branch delete {ref}`?"
            )
        with self._locks.hold_all(lambda: self._catalog.refs(name)):
            branches = self._catalog.all_branches(self._catalog.project(name).id)
            return self._remove(branches, name, started)

    def show(self, branch: Branch, who: Principal) -> Shown:
        """The branch as `who`, who may touch its project, may see it."""
        role = who.role_in(branch.ref.project) or Role.VIEWER
        parent = self._catalog.branch_by_id(branch.parent_id) if branch.parent_id else None
        return Shown(
            name=branch.ref.project,
            branch=branch.ref.branch,
            ref=str(branch.ref),
            state=branch.state,
            parent=str(parent.ref) if parent else None,
            files_path=str(self._places.files(branch.ref)),
            database_url=self._clusters.url(branch) if _may_connect(who, role, branch) else None,
            created_at=branch.created_at,
            role=role.word,
            production=branch.production,
        )

    def url(self, ref: Ref) -> str:
        """The connection string, password included."""
        return self._clusters.url(self._catalog.branch(ref))

    def branch(self, ref: Ref) -> Branch:
        return self._catalog.branch(ref)

    def main_branches(self, who: Principal) -> list[Branch]:
        """The main branch of every project that `who` may touch."""
        return [branch for branch in self._catalog.all_branches()
                if branch.ref.branch == MAIN and who.may_touch(branch.ref.project)]  # fmt: skip

    def branches(self, project: str) -> list[Branch]:
        return self._catalog.all_branches(self._catalog.project(project).id)

    def _created(self, state: State, started: float, reached: datetime | None = None) -> Created:
        branch = self._catalog.branch_by_id(state["branch_id"])
        return Created(
            ref=str(branch.ref),
            files_path=str(self._places.files(branch.ref)),
            database_url=self._clusters.url(branch),
            storage=StorageUsed(**state["storage"]),
            seconds=time.monotonic() - started,
            reached=reached,
            phases=state["seconds"],
        )

    def _remove(self, branches: list[Branch], project: str | None, started: float) -> Removed:
        self._procedures.run(Removal.kind, Removal.begin(branches, project))
        return Removed(removed=[str(branch.ref) for branch in branches], seconds=time.monotonic() - started)


def _may_connect(who: Principal, role: Role, branch: Branch) -> bool:
    if branch.production and (who.kind is Kind.AGENT or role < Role.ADMIN):
        return False
    return role >= Role.USER and who.may_enter(branch.ref)
