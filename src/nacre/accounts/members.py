"""Who may work in which project, and how: a viewer looks, a user works, an admin also says who else may."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, literal, select, update

from nacre.accounts.tables import memberships, people
from nacre.branches.catalog import Catalog
from nacre.core.clock import Clock
from nacre.core.errors import NotFound
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.store.store import Store
from nacre.core.store.tables import UtcTime


class Member(Answer):
    """A person in a project. `role` is the one they have there, `system_role` the one they have everywhere."""

    name: str
    display_name: str
    role: str
    system_role: str
    created_by: str
    created_at: datetime


class Members:
    """A project is named by any branch of it; each method raises NotFound as `Catalog.branch` does."""

    def __init__(self, store: Store, clock: Clock, catalog: Catalog) -> None:
        self._store = store
        self._clock = clock
        self._catalog = catalog

    def all(self, ref: Ref) -> list[Member]:
        project = self._catalog.branch(ref).ref.project
        with self._store.read() as connection:
            return [Member.model_validate(dict(row._mapping)) for row in connection.execute(_query(project))]

    def set(self, ref: Ref, name: str, role: str, by: Principal) -> Member:
        """Make them a member, or give the member this role. Raises NotFound "person-not-found"."""
        project = self._catalog.branch(ref).ref.project
        with self._store.write() as connection:
            person = connection.execute(select(people.c.id).where(people.c.name == name)).scalar()
            if person is None:
                raise NotFound(
                    "person-not-found", f"There is no person “{name}”.", hint="`nacre person list` shows everybody."
                )
            changed = connection.execute(
                update(memberships)
                .where(memberships.c.person_id == person, memberships.c.project == project)
                .values(role=role)
                .returning(memberships.c.role)
            ).first()
            if changed is None:
                self._add(connection, person, project, role, by)
            return self._member(connection, project, name)

    def remove(self, ref: Ref, name: str) -> Member:
        """Raises NotFound "not-a-member"."""
        project = self._catalog.branch(ref).ref.project
        with self._store.write() as connection:
            member = self._member(connection, project, name)
            person = select(people.c.id).where(people.c.name == name).scalar_subquery()
            connection.execute(
                delete(memberships).where(memberships.c.project == project, memberships.c.person_id == person)
            )
            return member

    def _add(self, connection: Connection, person: int, project: str, role: str, by: Principal) -> None:
        connection.execute(
            insert(memberships).values(
                person_id=person, project=project, role=role, created_by=str(by), created_at=self._clock()
            )
        )

    def _member(self, connection: Connection, project: str, name: str) -> Member:
        row = connection.execute(_query(project).where(people.c.name == name)).one_or_none()
        if row is None:
            raise NotFound(
                "not-a-member",
                f"“{name}” is not a member of “{project}”.",
                hint=f"`nacre member list {project}` shows who is.",
            )
        return Member.model_validate(dict(row._mapping))


def found(connection: Connection, project: str, name: str, by: str, now: datetime) -> None:
    """Make the person of this name, if there still is one, the admin of the project they just made."""
    member = select(memberships.c.person_id).where(memberships.c.project == project)
    row = select(people.c.id, literal(project), literal("admin"), literal(by), literal(now, UtcTime)).where(
        people.c.name == name, people.c.id.not_in(member)
    )
    columns = ["person_id", "project", "role", "created_by", "created_at"]
    connection.execute(insert(memberships).from_select(columns, row))


def _query(project: str) -> Select[Any]:
    return (
        select(
            people.c.name,
            people.c.display_name,
            memberships.c.role,
            people.c.role.label("system_role"),
            memberships.c.created_by,
            memberships.c.created_at,
        )
        .join_from(memberships, people, memberships.c.person_id == people.c.id)
        .where(memberships.c.project == project)
        .order_by(people.c.name)
    )
