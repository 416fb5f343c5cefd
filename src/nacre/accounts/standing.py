"""What a person may do, read afresh: role, memberships, and nothing at all once they are disabled or gone."""

from sqlalchemy import Connection, select

from nacre.accounts.tables import memberships, people
from nacre.core.principals import OWNER, Kind, Principal, Role


def exists(connection: Connection, name: str) -> bool:
    """Whether there is a person of this name, disabled ones included."""
    return (
        name == OWNER.person or connection.execute(select(people.c.id).where(people.c.name == name)).first() is not None
    )


def standing(connection: Connection, name: str) -> Principal | None:
    """The person of this name as a caller, or None if there is none who may call."""
    if name == OWNER.person:
        return OWNER
    person = connection.execute(
        select(people.c.id, people.c.role).where(people.c.name == name, people.c.disabled_at.is_(None))
    ).one_or_none()
    if person is None:
        return None
    role = Role.of(person.role)
    own = connection.execute(
        select(memberships.c.project, memberships.c.role).where(memberships.c.person_id == person.id)
    )
    return Principal(
        Kind.PERSON,
        name,
        role,
        person=name,
        # A viewer looks everywhere, an admin acts everywhere; a user works where they are a member.
        members_only=role is Role.USER,
        memberships={row.project: Role.of(row.role) for row in own},
    )
