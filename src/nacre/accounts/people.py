"""The people of this Nacre: invited, active, disabled, removed; one admin who can sign in always remains."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, exists, func, insert, literal, or_, select, update

from nacre.accounts.passwords import Passwords, check_strength
from nacre.accounts.tables import identities, keys, memberships, people, sessions, tokens
from nacre.core.clock import Clock
from nacre.core.errors import Conflict, InvalidInput, NotFound
from nacre.core.names import check_slug
from nacre.core.operations import Answer
from nacre.core.principals import OWNER, Principal
from nacre.core.store.store import Store
from nacre.core.store.tables import UtcTime

Language = Literal["en", "zh"]
State = Literal["invited", "active", "disabled"]
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Person(Answer):
    """`state` is invited until they have a way to sign in of their own; `memberships` are their roles by project."""

    name: str
    display_name: str
    email: str | None
    role: str
    language: str
    state: State
    memberships: dict[str, str]
    created_by: str
    created_at: datetime
    last_seen_at: datetime | None


class People:
    def __init__(self, store: Store, clock: Clock, passwords: Passwords) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords

    def all(self) -> list[Person]:
        with self._store.read() as connection:
            rows = connection.execute(select(people, _has_identity()).order_by(people.c.name)).all()
            own = connection.execute(select(memberships.c.person_id, memberships.c.project, memberships.c.role)).all()
        roles: dict[int, dict[str, str]] = {row.id: {} for row in rows}
        for each in own:
            roles[each.person_id][each.project] = each.role
        return [_person(row, roles[row.id]) for row in rows]

    def get(self, name: str) -> Person:
        """Raises NotFound "person-not-found"."""
        with self._store.read() as connection:
            return self._get(connection, name)

    def none_yet(self) -> bool:
        with self._store.read() as connection:
            return connection.execute(select(func.count()).select_from(people)).scalar_one() == 0

    def invite(
        self, name: str, display_name: str, email: str | None, role: str, language: str, by: Principal
    ) -> Person:
        """Raises InvalidInput "bad-name", "bad-email", Conflict "person-exists", "email-taken"."""
        with self._store.write() as connection:
            self.add(connection, name, display_name, email, role, language, str(by))
            return self._get(connection, name)

    def add(
        self,
        connection: Connection,
        name: str,
        display_name: str,
        email: str | None,
        role: str,
        language: str,
        by: str,
    ) -> int:
        """As `invite`, inside a transaction of the caller's; returns the row's id."""
        if check_slug(name, "person") == OWNER.person:
            raise InvalidInput("bad-name", f"“{name}” stands for whoever runs this Nacre.", hint="Choose another name.")
        if connection.execute(select(people.c.id).where(people.c.name == name)).first():
            raise Conflict(
                "person-exists", f"There is already a person “{name}”.", hint="`nacre person list` shows everybody."
            )
        new = insert(people).values(
            name=name,
            display_name=display_name or name,
            email=_email(connection, email, besides=None),
            role=role,
            language=language,
            created_by=by,
            created_at=self._clock(),
        )
        return int(connection.execute(new.returning(people.c.id)).scalar_one())

    def update(self, name: str, changes: Mapping[str, str | None]) -> Person:
        """Change display_name, email, role or language. Raises Conflict "last-admin", "email-taken"."""
        with self._store.write() as connection:
            person = self._get(connection, name)
            values: dict[str, Any] = dict(changes)
            if "email" in values:
                values["email"] = _email(connection, values["email"], besides=name)
            if values.get("role", person.role) != person.role:
                self._keep_an_admin(connection, person)
            if values:
                connection.execute(update(people).where(people.c.name == name).values(**values))
            return self._get(connection, name)

    def disable(self, name: str) -> Person:
        """Keep them out at once: sessions end, tokens stop for as long as it lasts. Raises Conflict "last-admin"."""
        with self._store.write() as connection:
            self._keep_an_admin(connection, self._get(connection, name))
            number = self._number(connection, name)
            since = func.coalesce(people.c.disabled_at, literal(self._clock(), UtcTime))
            connection.execute(update(people).where(people.c.id == number).values(disabled_at=since))
            connection.execute(delete(sessions).where(sessions.c.person_id == number))
            return self._get(connection, name)

    def enable(self, name: str) -> Person:
        with self._store.write() as connection:
            self._get(connection, name)
            connection.execute(update(people).where(people.c.name == name).values(disabled_at=None))
            return self._get(connection, name)

    def remove(self, name: str) -> Person:
        """Forget them; their tokens and keys end, what they did stays in the audit. Raises Conflict "last-admin"."""
        with self._store.write() as connection:
            person = self._get(connection, name)
            self._keep_an_admin(connection, person)
            revoked = update(tokens).where(tokens.c.person == name, tokens.c.revoked_at.is_(None))
            connection.execute(revoked.values(revoked_at=self._clock()))
            connection.execute(delete(keys).where(keys.c.person == name))
            connection.execute(delete(people).where(people.c.name == name))
            return person

    def hashed(self, password: str, *names: str) -> str:
        """The hash of a password strong enough for someone of these names. Raises InvalidInput "weak-password"."""
        check_strength(password, *names)
        return self._passwords.hash(password)

    def _get(self, connection: Connection, name: str) -> Person:
        row = connection.execute(select(people, _has_identity()).where(people.c.name == name)).one_or_none()
        if row is None:
            raise NotFound(
                "person-not-found", f"There is no person “{name}”.", hint="`nacre person list` shows everybody."
            )
        own = select(memberships.c.project, memberships.c.role).where(memberships.c.person_id == row.id)
        return _person(row, {each.project: each.role for each in connection.execute(own.order_by("project"))})

    def _number(self, connection: Connection, name: str) -> int:
        return int(connection.execute(select(people.c.id).where(people.c.name == name)).scalar_one())

    def _keep_an_admin(self, connection: Connection, leaving: Person) -> None:
        """Somebody else must remain who is an admin, may sign in, and has what it takes to."""
        if leaving.role != "admin" or leaving.state != "active":
            return
        others = select(func.count()).select_from(people).where(
            people.c.role == "admin",
            people.c.disabled_at.is_(None),
            people.c.name != leaving.name,
            or_(people.c.password.is_not(None), _has_identity()),
        )  # fmt: skip
        if connection.execute(others).scalar_one() == 0:
            raise Conflict(
                "last-admin",
                f"“{leaving.name}” is the last admin who can sign in.",
                hint="Make somebody else an admin first: `nacre person update NAME --role admin`.",
            )


def _has_identity() -> Any:
    return exists().where(identities.c.person_id == people.c.id).label("has_identity")


def _person(row: Row[Any], roles: dict[str, str]) -> Person:
    state: State = "active" if row.password is not None or row.has_identity else "invited"
    return Person(
        name=row.name,
        display_name=row.display_name,
        email=row.email,
        role=row.role,
        language=row.language,
        state=state if row.disabled_at is None else "disabled",
        memberships=roles,
        created_by=row.created_by,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )


def _email(connection: Connection, text: str | None, *, besides: str | None) -> str | None:
    if not text:
        return None
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        raise InvalidInput("bad-email", f"“{text}” is not an e-mail address.", hint="Write it like ann@example.org.")
    holder = connection.execute(select(people.c.name).where(people.c.email == email)).scalar()
    if holder not in (None, besides):
        raise Conflict(
            "email-taken", f"{email} belongs to “{holder}”.", hint="Each person has an address of their own."
        )
    return email
