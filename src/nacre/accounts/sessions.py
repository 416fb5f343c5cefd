"""Sign-in sessions: a cookie's secret, which changes every hour, stands for a person until they leave or are idle.

The next secret follows from the present one and a salt that only the store has, so parallel requests that carry the
present one are all handed the same. The present one goes on working until the next is used, in case the answer that
carried it was lost, and for a short while after, for requests then under way. A secret older than that is somebody
else's copy: it ends the session for everyone (RFC 9700, 4.14.2, for refresh tokens).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from nacre.accounts.remembered import Remembered
from nacre.accounts.secrets import digest, new_secret, successor
from nacre.accounts.standing import standing
from nacre.accounts.tables import people, sessions
from nacre.core.clock import Clock
from nacre.core.errors import NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.store.store import Store

IDLE_FOR = timedelta(hours=12)
LIVES_FOR = timedelta(days=30)
ROTATED_EVERY = timedelta(hours=1)
_GRACE = timedelta(minutes=1)
_NOTE_USE_EVERY = timedelta(minutes=1)
_LONGEST_AGENT = 300


@dataclass(frozen=True)
class Visitor:
    """Where a sign-in comes from: the client's address and what its program calls itself."""

    address: str
    agent: str


@dataclass(frozen=True)
class SignedIn:
    """`fresh` is the secret to hand out in place of the one that was shown; None while that one stays."""

    principal: Principal
    session: int
    csrf: str
    expires_at: datetime
    fresh: str | None = None


class Session(Answer):
    """One browser that is signed in. `current` marks the one that asks."""

    id: int
    person: str
    how: str
    address: str
    agent: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class Sessions:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._remembered: Remembered[SignedIn] = Remembered(store)

    def open(self, connection: Connection, person_id: int, visitor: Visitor, how: str) -> tuple[int, str]:
        """Begin a session inside the caller's transaction; returns its id and its first secret."""
        now = self._clock()
        connection.execute(delete(sessions).where(_is_over(now)))
        connection.execute(update(people).where(people.c.id == person_id).values(last_seen_at=now))
        secret = new_secret()
        row = insert(sessions).values(
            person_id=person_id,
            digest=digest(secret),
            rotated_at=now,
            csrf=new_secret(),
            created_at=now,
            last_used_at=now,
            expires_at=now + LIVES_FOR,
            address=visitor.address,
            agent=visitor.agent[:_LONGEST_AGENT],
            how=how,
        )
        return int(connection.execute(row.returning(sessions.c.id)).scalar_one()), secret

    def known(self, secret: str) -> SignedIn | None:
        """As `authenticate`, from memory alone and at once; None when it is not in memory."""
        now = self._clock()
        found = self._remembered.get(digest(secret), now)
        return found if found is not None and found.expires_at > now else None

    def authenticate(self, secret: str) -> SignedIn | None:
        """Whom this cookie stands for, or None when it is unknown, over, or its person may not sign in."""
        now, version, shown = self._clock(), self._store.version, digest(secret)
        found = self.known(secret)
        if found is None:
            found = self._look_up(secret, shown, now)
            # What is due to change is looked at again each time.
            if found is not None and found.fresh is None:
                self._remembered.put(shown, found, now, version)
        return found

    def by_id(self, number: int) -> SignedIn | None:
        """The session of this number, if it still stands; looking counts as using it."""
        now = self._clock()
        with self._store.read() as connection:
            row = connection.execute(_query().where(sessions.c.id == number, ~_is_over(now))).one_or_none()
            return None if row is None else self._signed_in(connection, row, now)

    def still(self, number: int) -> Principal | None:
        """Whom the session of this number stands for by now; a page left open does not keep it from being idle."""
        with self._store.read() as connection:
            row = connection.execute(_query().where(sessions.c.id == number, ~_is_over(self._clock()))).one_or_none()
            person = None if row is None else standing(connection, row.person)
        return None if person is None else replace(person, session=number)

    def of(self, person: str, current: int | None) -> list[Session]:
        """The sessions of this person that stand, newest first."""
        query = _query().where(people.c.name == person, ~_is_over(self._clock())).order_by(sessions.c.id.desc())
        with self._store.read() as connection:
            return [_listed(row, current) for row in connection.execute(query)]

    def end(self, number: int, person: str | None) -> Session:
        """Sign out one session, of this person's if one is named. Raises NotFound "session-not-found"."""
        query = _query().where(sessions.c.id == number)
        with self._store.write() as connection:
            row = connection.execute(query if person is None else query.where(people.c.name == person)).one_or_none()
            if row is None:
                raise NotFound(
                    "session-not-found", f"There is no session {number}.", hint="`nacre session list` shows yours."
                )
            connection.execute(delete(sessions).where(sessions.c.id == number))
            return _listed(row, None)

    def end_others(self, person: str, but: int | None) -> int:
        """Sign this person out everywhere except in session `but`; returns of how many."""
        with self._store.write() as connection:
            return end_all(connection, person, but)

    def _look_up(self, secret: str, shown: str, now: datetime) -> SignedIn | None:
        with self._store.read() as connection:
            query = _query().where(
                or_(sessions.c.digest == shown, sessions.c.next_digest == shown, sessions.c.previous_digest == shown)
            )
            row = connection.execute(query).one_or_none()
            if row is None or row.expires_at <= now or row.last_used_at + IDLE_FOR <= now:
                return None
            if shown == row.previous_digest and row.rotated_at + _GRACE <= now:
                self._end_copied(row.id)
                return None
            signed_in = self._signed_in(connection, row, now)
        if signed_in is None:
            return None
        if shown == row.next_digest:
            self._promote(row, now)
        elif shown == row.digest and (row.next_salt or row.rotated_at + ROTATED_EVERY <= now):
            return replace(signed_in, fresh=self._next(row, secret))
        return signed_in

    def _signed_in(self, connection: Connection, row: Row[Any], now: datetime) -> SignedIn | None:
        person = standing(connection, row.person)
        if person is None:
            return None
        if now - row.last_used_at > _NOTE_USE_EVERY:
            with self._store.write() as writing:
                writing.execute(update(sessions).where(sessions.c.id == row.id).values(last_used_at=now))
                writing.execute(update(people).where(people.c.name == row.person).values(last_seen_at=now))
        return SignedIn(replace(person, session=row.id), row.id, row.csrf, row.expires_at)

    def _next(self, row: Row[Any], secret: str) -> str:
        with self._store.write() as connection:
            this = sessions.c.id == row.id, sessions.c.digest == row.digest
            salt = connection.execute(select(sessions.c.next_salt).where(*this)).scalar() or new_secret()
            following = successor(secret, salt)
            connection.execute(update(sessions).where(*this).values(next_salt=salt, next_digest=digest(following)))
        return following

    def _promote(self, row: Row[Any], now: datetime) -> None:
        with self._store.write() as connection:
            connection.execute(
                update(sessions)
                .where(sessions.c.id == row.id, sessions.c.next_digest == row.next_digest)
                .values(
                    previous_digest=row.digest,
                    digest=row.next_digest,
                    next_digest=None,
                    next_salt=None,
                    rotated_at=now,
                )
            )

    def _end_copied(self, number: int) -> None:
        with self._store.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.id == number))


def end_all(connection: Connection, person: str, but: int | None) -> int:
    """As `Sessions.end_others`, inside a transaction of the caller's."""
    theirs = select(people.c.id).where(people.c.name == person).scalar_subquery()
    ended = delete(sessions).where(sessions.c.person_id == theirs, sessions.c.id != (but or 0))
    return len(connection.execute(ended.returning(sessions.c.id)).all())


def _query() -> Any:
    return select(sessions, people.c.name.label("person")).join_from(
        sessions, people, sessions.c.person_id == people.c.id
    )


def _is_over(now: datetime) -> Any:
    return or_(sessions.c.expires_at <= now, sessions.c.last_used_at <= now - IDLE_FOR)


def _listed(row: Row[Any], current: int | None) -> Session:
    return Session(
        id=row.id,
        person=row.person,
        how=row.how,
        address=row.address,
        agent=row.agent,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        current=row.id == current,
    )
