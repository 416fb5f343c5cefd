"""Reads and writes the rows of workspaces."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Row, Select, delete, insert, select, update

from nacre.branches import tables as branches
from nacre.core.clock import Clock
from nacre.core.names import Ref
from nacre.core.store.store import Store
from nacre.workspaces.tables import workspaces

State = Literal["running", "stopped"]


@dataclass(frozen=True)
class Workspace:
    """One person's workspace on one branch, as it is written down."""

    id: int
    person: str
    branch_id: int
    ref: Ref
    state: State
    why: str
    changed_at: datetime


class Book:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def find(self, person: str, ref: Ref) -> Workspace | None:
        with self._store.read() as connection:
            query = _query().where(
                workspaces.c.person == person,
                branches.projects.c.name == ref.project,
                branches.branches.c.name == ref.branch,
            )
            row = connection.execute(query).one_or_none()
        return None if row is None else _workspace(row)

    def claim(self, person: str, branch_id: int) -> Workspace:
        """The person's workspace on the branch; made, stopped, when there is none."""
        mine = (workspaces.c.person == person) & (workspaces.c.branch_id == branch_id)
        with self._store.write() as connection:
            if connection.execute(select(workspaces.c.id).where(mine)).first() is None:
                connection.execute(
                    insert(workspaces).values(
                        person=person,
                        branch_id=branch_id,
                        state="stopped",
                        why="it was never started",
                        changed_at=self._clock(),
                    )
                )
            return _workspace(connection.execute(_query().where(mine)).one())

    def all(self, branch_id: int | None = None) -> list[Workspace]:
        query = _query().order_by(workspaces.c.id)
        if branch_id is not None:
            query = query.where(workspaces.c.branch_id == branch_id)
        with self._store.read() as connection:
            return [_workspace(row) for row in connection.execute(query)]

    def started(self, workspace_id: int, why: str) -> None:
        self._set(workspace_id, state="running", why=why)

    def stopped(self, workspace_id: int, why: str) -> None:
        """With it goes its token."""
        self._set(workspace_id, state="stopped", why=why, token_digest=None)

    def give_token(self, workspace_id: int, token: str) -> None:
        """From now on only this token stands for the workspace."""
        with self._store.write() as connection:
            connection.execute(
                update(workspaces).where(workspaces.c.id == workspace_id).values(token_digest=_digest(token))
            )

    def of_token(self, token: str) -> Workspace | None:
        """The workspace that a token stands for."""
        with self._store.read() as connection:
            row = connection.execute(_query().where(workspaces.c.token_digest == _digest(token))).one_or_none()
        return None if row is None else _workspace(row)

    def remove(self, workspace_id: int) -> None:
        with self._store.write() as connection:
            connection.execute(delete(workspaces).where(workspaces.c.id == workspace_id))

    def _set(self, workspace_id: int, **values: object) -> None:
        with self._store.write() as connection:
            connection.execute(
                update(workspaces).where(workspaces.c.id == workspace_id).values(changed_at=self._clock(), **values)
            )


def _query() -> Select[tuple[object, ...]]:
    return (
        select(
            workspaces, branches.branches.c.name.label("branch_name"), branches.projects.c.name.label("project_name")
        )
        .join(branches.branches, branches.branches.c.id == workspaces.c.branch_id)
        .join(branches.projects, branches.projects.c.id == branches.branches.c.project_id)
    )


def _workspace(row: Row[tuple[object, ...]]) -> Workspace:
    return Workspace(
        id=row.id,
        person=row.person,
        branch_id=row.branch_id,
        ref=Ref(row.project_name, row.branch_name),
        state=row.state,
        why=row.why,
        changed_at=row.changed_at,
    )


def _digest(token: str) -> str:
    """256 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()
