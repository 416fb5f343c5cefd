"""Reads and writes the rows of projects, branches and generations."""

import socket
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from nacre.branches.tables import branches, generations, projects
from nacre.core.clock import Clock
from nacre.core.errors import Conflict, NotFound, Unavailable
from nacre.core.names import MAIN, Ref
from nacre.core.secrets import SecretBox, new_password
from nacre.core.store.store import Store


@dataclass(frozen=True)
class Project:
    id: int
    name: str
    created_at: datetime


@dataclass(frozen=True)
class Branch:
    """`generation_id` is the generation that is live; None only while the branch is being created.

    `production`: it holds the data of a published app.
    """

    id: int
    project_id: int
    ref: Ref
    state: str
    port: int
    parent_id: int | None
    generation_id: int | None
    created_at: datetime
    production: bool = False


@dataclass(frozen=True)
class Generation:
    """One data directory on one timeline; its WAL begins at `start_lsn`, where it left its parent's if it has one."""

    id: int
    branch_id: int
    number: int
    timeline: int
    parent_id: int | None
    start_lsn: int | None
    segment_bytes: int
    state: str
    created_at: datetime


class Catalog:
    def __init__(self, store: Store, box: SecretBox, clock: Clock, first_port: int) -> None:
        self.store = store
        self._box = box
        self._clock = clock
        self._first_port = first_port

    # Projects

    def all_projects(self) -> list[Project]:
        with self.store.read() as connection:
            return [Project(**row._mapping) for row in connection.execute(select(projects).order_by(projects.c.name))]

    def project(self, name: str) -> Project:
        """Raises NotFound "project-not-found"."""
        with self.store.read() as connection:
            row = connection.execute(select(projects).where(projects.c.name == name)).one_or_none()
        if row is None:
            raise NotFound(
                "project-not-found",
                f"There is no project “{name}”.",
                hint=f"`nacre project list` shows them; `nacre project create {name}` makes it.",
            )
        return Project(**row._mapping)

    def remove_project(self, project_id: int) -> None:
        with self.store.write() as connection:
            connection.execute(delete(projects).where(projects.c.id == project_id))

    # Branches

    def branch(self, ref: Ref) -> Branch:
        """The branch, whatever its state. Raises NotFound "project-not-found" or "branch-not-found"."""
        project = self.project(ref.project)
        with self.store.read() as connection:
            query = _branch_query().where(branches.c.project_id == project.id, branches.c.name == ref.branch)
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound(
                "branch-not-found",
                f"“{ref.project}” has no branch “{ref.branch}”.",
                hint=f"`nacre branch list {ref.project}` shows them.",
            )
        return _branch(row)

    def running(self, ref: Ref) -> Branch:
        """The branch, if it can be worked with. Raises NotFound as `branch` does, Conflict "branch-not-ready"."""
        branch = self.branch(ref)
        if branch.state != "running":
            raise Conflict(
                "branch-not-ready", f"{ref} is {branch.state}.", hint="`nacre status` shows what is under way."
            )
        return branch

    def branch_by_id(self, branch_id: int) -> Branch:
        with self.store.read() as connection:
            return _branch(connection.execute(_branch_query().where(branches.c.id == branch_id)).one())

    def all_branches(self, project_id: int | None = None) -> list[Branch]:
        query = _branch_query().order_by(branches.c.id)
        if project_id is not None:
            query = query.where(branches.c.project_id == project_id)
        with self.store.read() as connection:
            return [_branch(row) for row in connection.execute(query)]

    def running_branches(self) -> list[Branch]:
        """All branches that are neither being created nor being deleted."""
        return [branch for branch in self.all_branches() if branch.state == "running"]

    def refs(self, project: str) -> list[Ref]:
        """The branches of a project, by name. Raises NotFound "project-not-found"."""
        return [branch.ref for branch in self.all_branches(self.project(project).id)]

    def children(self, branch_id: int) -> list[Branch]:
        with self.store.read() as connection:
            query = _branch_query().where(branches.c.parent_id == branch_id)
            return [_branch(row) for row in connection.execute(query)]

    def add_branch(self, ref: Ref, parent_id: int | None, *, production: bool = False) -> Branch:
        """Claim the name, a port and fresh credentials, in state “creating”; with `main` comes its project.

        Raises Conflict "project-exists" or "branch-exists".
        """
        with self.store.write() as connection:
            project_id = self._claim_project(connection, ref)
            taken = connection.execute(
                select(branches.c.id).where(branches.c.project_id == project_id, branches.c.name == ref.branch)
            ).first()
            if taken:
                raise Conflict(
                    "branch-exists",
                    f"“{ref.project}” already has a branch “{ref.branch}”.",
                    hint=f"Choose another name, or `nacre branch delete {ref}` first.",
                )
            branch_id = connection.execute(
                insert(branches)
                .values(
                    project_id=project_id,
                    name=ref.branch,
                    state="creating",
                    port=self._free_port(connection),
                    parent_id=parent_id,
                    password=self._box.seal(new_password(), f"password of {ref}"),
                    admin_password=self._box.seal(new_password(), f"admin password of {ref}"),
                    created_at=self._clock(),
                    production=production,
                )
                .returning(branches.c.id)
            ).scalar_one()
        return self.branch_by_id(branch_id)

    def set_state(self, branch_id: int, state: str) -> None:
        with self.store.write() as connection:
            connection.execute(update(branches).where(branches.c.id == branch_id).values(state=state))

    def remove_branch(self, branch_id: int) -> None:
        with self.store.write() as connection:
            connection.execute(delete(branches).where(branches.c.id == branch_id))

    def password(self, branch: Branch) -> str:
        """The password of the person's role."""
        return self._secret(branch, "password", "password")

    def admin_password(self, branch: Branch) -> str:
        """The password of the superuser, which only the daemon uses."""
        return self._secret(branch, "admin_password", "admin password")

    # Generations

    def generation(self, generation_id: int) -> Generation:
        with self.store.read() as connection:
            row = connection.execute(select(generations).where(generations.c.id == generation_id)).one()
        return Generation(**row._mapping)

    def generations_of(self, branch_id: int) -> list[Generation]:
        query = select(generations).where(generations.c.branch_id == branch_id).order_by(generations.c.number)
        with self.store.read() as connection:
            return [Generation(**row._mapping) for row in connection.execute(query)]

    def generations_from(self, generation_id: int) -> list[Generation]:
        """The generations, of any branch, that forked off this one."""
        query = select(generations).where(generations.c.parent_id == generation_id)
        with self.store.read() as connection:
            return [Generation(**row._mapping) for row in connection.execute(query)]

    def add_generation(
        self, branch_id: int, parent_id: int | None, start_lsn: int | None, timeline: int, segment_bytes: int
    ) -> Generation:
        """Claim the branch's next generation number, in state “recovering”."""
        with self.store.write() as connection:
            newest = connection.execute(
                select(func.max(generations.c.number)).where(generations.c.branch_id == branch_id)
            ).scalar()
            row = connection.execute(
                insert(generations)
                .values(
                    branch_id=branch_id,
                    number=(newest or 0) + 1,
                    timeline=timeline,
                    parent_id=parent_id,
                    start_lsn=start_lsn,
                    segment_bytes=segment_bytes,
                    state="recovering",
                    created_at=self._clock(),
                )
                .returning(generations)
            ).one()
        return Generation(**row._mapping)

    def update_generation(self, generation_id: int, **values: object) -> None:
        with self.store.write() as connection:
            connection.execute(update(generations).where(generations.c.id == generation_id).values(**values))

    def remove_generation(self, generation_id: int) -> None:
        with self.store.write() as connection:
            connection.execute(delete(generations).where(generations.c.id == generation_id))

    def _claim_project(self, connection: Connection, ref: Ref) -> int:
        found = connection.execute(select(projects.c.id).where(projects.c.name == ref.project)).scalar()
        if found is None:
            return int(
                connection.execute(
                    insert(projects).values(name=ref.project, created_at=self._clock()).returning(projects.c.id)
                ).scalar_one()
            )
        if ref.branch == MAIN:
            raise Conflict(
                "project-exists",
                f"There is already a project “{ref.project}”.",
                hint=f"Choose another name, or `nacre project delete {ref.project}` first.",
            )
        return int(found)

    def _free_port(self, connection: Connection) -> int:
        """The lowest port that no branch has and nothing listens on now; the branch keeps it for life."""
        taken = set(connection.execute(select(branches.c.port)).scalars())
        for port in range(self._first_port, 65536):
            if port not in taken and _can_bind(port):
                return port
        raise Unavailable("no-free-port", f"No port from {self._first_port} on is free for another Postgres.")

    def _secret(self, branch: Branch, column: str, purpose: str) -> str:
        with self.store.read() as connection:
            sealed = connection.execute(select(branches.c[column]).where(branches.c.id == branch.id)).scalar_one()
        return self._box.open(sealed, f"{purpose} of {branch.ref}")


def _branch_query() -> Select[tuple[object, ...]]:
    return select(branches, projects.c.name.label("project_name")).join(projects)


def _branch(row: Row[tuple[object, ...]]) -> Branch:
    return Branch(
        id=row.id,
        project_id=row.project_id,
        ref=Ref(row.project_name, row.name),
        state=row.state,
        port=row.port,
        parent_id=row.parent_id,
        generation_id=row.generation_id,
        created_at=row.created_at,
        production=row.production,
    )


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
