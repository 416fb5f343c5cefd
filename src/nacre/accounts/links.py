"""One-time links to sign in by: a home's first, an invitation, a reset. Whoever has one is let in, once."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, select

from nacre.accounts.secrets import digest, new_secret
from nacre.accounts.tables import links, people
from nacre.core.clock import Clock
from nacre.core.errors import Conflict, NotFound, NotSignedIn
from nacre.core.operations import Answer
from nacre.core.store.store import Store

LIFETIME = timedelta(hours=24)
INVITED_FOR = timedelta(days=7)


class Link(Answer):
    """`url` is shown this once; it lets in whoever opens it first, until `expires_at`."""

    url: str
    expires_at: datetime


class Promise(Answer):
    """What a link leads to: `first` makes its follower the first admin, `invite` and `reset` are for one person."""

    kind: Literal["first", "invite", "reset"]
    name: str | None
    display_name: str | None
    language: str | None
    expires_at: datetime


class Links:
    """`origin` is where a browser finds this Nacre, as scheme://host:port."""

    def __init__(self, store: Store, clock: Clock, origin: str) -> None:
        self._store = store
        self._clock = clock
        self._origin = origin

    def first(self, by: str) -> Link:
        """A link that makes whoever follows it this home's first admin. Raises Conflict "people-exist"."""
        with self._store.write() as connection:
            refuse_if_founded(connection)
            return self._make(connection, None, by, LIFETIME)

    def to_person(self, name: str, by: str, lifetime: timedelta = LIFETIME) -> Link:
        """A link for this person to choose a new password by; earlier ones stop working.

        Raises NotFound "person-not-found", Conflict "person-disabled".
        """
        with self._store.write() as connection:
            person = connection.execute(select(people).where(people.c.name == name)).one_or_none()
            if person is None:
                raise NotFound(
                    "person-not-found", f"There is no person “{name}”.", hint="`nacre person list` shows everybody."
                )
            if person.disabled_at is not None:
                raise Conflict(
                    "person-disabled",
                    f"“{name}” is disabled.",
                    hint=f"`nacre person enable {name}` lets them in again.",
                )
            return self._make(connection, person.id, by, lifetime)

    def look(self, secret: str) -> Promise:
        """What the link would do, without using it up. Raises NotSignedIn "bad-link"."""
        with self._store.read() as connection:
            return _promise(self.find(connection, secret))

    def find(self, connection: Connection, secret: str) -> Row[Any]:
        """The link's row with the person's facts beside it. Raises NotSignedIn "bad-link"."""
        query = (
            select(links, people.c.name, people.c.display_name, people.c.language, people.c.password)
            .outerjoin_from(links, people, links.c.person_id == people.c.id)
            .where(links.c.digest == digest(secret), links.c.expires_at > self._clock(), people.c.disabled_at.is_(None))
        )
        row = connection.execute(query).one_or_none()
        if row is None:
            raise NotSignedIn(
                "bad-link",
                "This link was used already, has expired, or never was.",
                hint="Ask an admin for a new one: `nacre person reset-link NAME`; on the machine itself before anybody "
                "has signed in: `nacre account link`.",
            )
        return row

    def use_up(self, connection: Connection, link: Row[Any]) -> None:
        """Together with every other link to the same."""
        same = links.c.person_id.is_(None) if link.person_id is None else links.c.person_id == link.person_id
        connection.execute(delete(links).where(same))

    def _make(self, connection: Connection, person_id: int | None, by: str, lifetime: timedelta) -> Link:
        now = self._clock()
        secret = new_secret()
        same = links.c.person_id.is_(None) if person_id is None else links.c.person_id == person_id
        connection.execute(delete(links).where(same | (links.c.expires_at <= now)))
        row = {"digest": digest(secret), "created_by": by, "created_at": now, "expires_at": now + lifetime}
        connection.execute(insert(links).values(person_id=person_id, **row))
        return Link(url=f"{self._origin}/sign-in#link={secret}", expires_at=now + lifetime)


def refuse_if_founded(connection: Connection) -> None:
    """Raises Conflict "people-exist"."""
    if connection.execute(select(func.count()).select_from(people)).scalar_one():
        raise Conflict(
            "people-exist",
            "Somebody has an account here already, so the first sign-in link is gone.",
            hint="`nacre person reset-link NAME` lets somebody in again; `nacre person invite NAME` asks somebody new.",
        )


def _promise(row: Row[Any]) -> Promise:
    kind: Literal["first", "invite", "reset"] = "first" if row.person_id is None else "reset"
    if kind == "reset" and row.password is None:
        kind = "invite"
    return Promise(
        kind=kind, name=row.name, display_name=row.display_name, language=row.language, expires_at=row.expires_at
    )
