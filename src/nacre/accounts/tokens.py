"""Access tokens: made once, shown once, kept as digests, checked in constant work."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Row, func, insert, literal, select, update

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
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class Tokens:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(
        self, name: str, kind: Kind, role: Role, projects: list[str] | None, lifetime: timedelta | None, by: Principal
    ) -> tuple[TokenRow, str]:
        """Make a token; returns its row and the secret, which cannot be had again."""
        secret = _PREFIX + secrets.token_urlsafe(32)
        now = self._clock()
        with self._store.write() as connection:
            row = connection.execute(
                insert(tokens)
                .values(
                    name=name,
                    kind=kind.value,
                    role=role.word,
                    projects=projects,
                    digest=_digest(secret),
                    created_by=str(by),
                    created_at=now,
                    expires_at=now + lifetime if lifetime else None,
                )
                .returning(tokens)
            ).one()
        return _listed(row), secret

    def all(self) -> list[TokenRow]:
        with self._store.read() as connection:
            return [_listed(row) for row in connection.execute(select(tokens).order_by(tokens.c.id))]

    def revoke(self, token_id: int) -> TokenRow:
        """Stop a token from working, at once and for good. Raises NotFound "token-not-found"."""
        with self._store.write() as connection:
            row = connection.execute(
                update(tokens)
                .where(tokens.c.id == token_id)
                .values(revoked_at=func.coalesce(tokens.c.revoked_at, literal(self._clock(), UtcTime)))
                .returning(tokens)
            ).one_or_none()
        if row is None:
            raise NotFound(
                "token-not-found", f"There is no token {token_id}.", hint="`nacre token list` shows them all."
            )
        return _listed(row)

    def authenticate(self, secret: str) -> Principal | None:
        """The principal that a token stands for, or None when it is unknown, expired or revoked."""
        now = self._clock()
        with self._store.read() as connection:
            row = connection.execute(select(tokens).where(tokens.c.digest == _digest(secret))).one_or_none()
        if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
            return None
        self._note_use(row, now)
        projects = None if row.projects is None else frozenset(row.projects)
        return Principal(Kind(row.kind), row.name, Role[row.role.upper()], projects)

    def _note_use(self, row: Row[tuple[object, ...]], now: datetime) -> None:
        """Keep `last used` to the minute: a write on every request would cost more than it tells."""
        if row.last_used_at is None or now - row.last_used_at > _NOTE_USE_EVERY:
            with self._store.write() as connection:
                connection.execute(update(tokens).where(tokens.c.id == row.id).values(last_used_at=now))


def _digest(secret: str) -> str:
    """256 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _listed(row: Row[tuple[object, ...]]) -> TokenRow:
    values = dict(row._mapping)
    values.pop("digest")
    return TokenRow.model_validate(values)
