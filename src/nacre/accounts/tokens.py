"""Access tokens: made once, shown once, kept as digests, checked in constant work."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Row, func, insert, literal, select, update

from nacre.accounts.remembered import Remembered
from nacre.accounts.secrets import digest, new_secret
from nacre.accounts.standing import standing
from nacre.accounts.tables import tokens
from nacre.core.clock import Clock
from nacre.core.errors import NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Kind, Principal, Role
from nacre.core.store.store import Store
from nacre.core.store.tables import UtcTime

_PREFIX = "nacre_"
_NOTE_USE_EVERY = timedelta(minutes=1)


class TokenRow(Answer):
    """A token as it is listed: never the secret itself."""

    id: int
    name: str
    kind: str
    role: str
    projects: list[str] | None
    person: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class Tokens:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._remembered: Remembered[tuple[Principal, datetime | None]] = Remembered(store)

    def create(
        self, name: str, kind: Kind, role: Role, projects: list[str] | None, lifetime: timedelta | None, by: Principal
    ) -> tuple[TokenRow, str]:
        """Make a token that acts for the person behind `by`; returns its row and the secret, not to be had again."""
        secret = new_secret(_PREFIX)
        now = self._clock()
        with self._store.write() as connection:
            row = connection.execute(
                insert(tokens)
                .values(
                    name=name,
                    kind=kind.value,
                    role=role.word,
                    projects=projects,
                    digest=digest(secret),
                    person=by.person,
                    created_by=str(by),
                    created_at=now,
                    expires_at=now + lifetime if lifetime else None,
                )
                .returning(tokens)
            ).one()
        return _listed(row), secret

    def all(self, person: str | None = None) -> list[TokenRow]:
        """Those that act for this person, or everybody's."""
        query = select(tokens).order_by(tokens.c.id)
        with self._store.read() as connection:
            rows = connection.execute(query if person is None else query.where(tokens.c.person == person))
            return [_listed(row) for row in rows]

    def revoke(self, token_id: int, person: str | None = None) -> TokenRow:
        """Stop a token (of this person's, if one is named) at once and for good. Raises NotFound "token-not-found"."""
        theirs = tokens.c.id == token_id if person is None else (tokens.c.id == token_id) & (tokens.c.person == person)
        with self._store.write() as connection:
            row = connection.execute(
                update(tokens)
                .where(theirs)
                .values(revoked_at=func.coalesce(tokens.c.revoked_at, literal(self._clock(), UtcTime)))
                .returning(tokens)
            ).one_or_none()
        if row is None:
            raise NotFound(
                "token-not-found", f"There is no token {token_id}.", hint="`nacre token list` shows them all."
            )
        return _listed(row)

    def authenticate(self, secret: str) -> Principal | None:
        """The principal that a token stands for, or None when it is unknown, expired, revoked, or its person is out.

        Its rights are those of its person now, cut down to its own role and projects.
        """
        now, version, shown = self._clock(), self._store.version, digest(secret)
        found = self._remembered.get(shown, now)
        if found is None and (found := self._look_up(shown, now)) is not None:
            self._remembered.put(shown, found, now, version)
        return found[0] if found is not None and (found[1] is None or found[1] > now) else None

    def _look_up(self, shown: str, now: datetime) -> tuple[Principal, datetime | None] | None:
        with self._store.read() as connection:
            row = connection.execute(select(tokens).where(tokens.c.digest == shown)).one_or_none()
            if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
                return None
            person = standing(connection, row.person)
        if person is None:
            return None
        self._note_use(row, now)
        projects = None if row.projects is None else frozenset(row.projects)
        capped = person.at_most(Role.of(row.role))
        return replace(capped, kind=Kind(row.kind), name=row.name, projects=projects), row.expires_at

    def _note_use(self, row: Row[tuple[object, ...]], now: datetime) -> None:
        """Keep `last used` to the minute: a write on every request would cost more than it tells."""
        if row.last_used_at is None or now - row.last_used_at > _NOTE_USE_EVERY:
            with self._store.write() as connection:
                connection.execute(update(tokens).where(tokens.c.id == row.id).values(last_used_at=now))


def _listed(row: Row[tuple[object, ...]]) -> TokenRow:
    values = dict(row._mapping)
    values.pop("digest")
    return TokenRow.model_validate(values)
