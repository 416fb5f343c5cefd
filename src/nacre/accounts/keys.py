"""SSH keys: the public half of a key that a person keeps, by which git over SSH knows them."""

import base64
import binascii
import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from nacre.accounts.standing import standing
from nacre.accounts.tables import keys
from nacre.core.clock import Clock
from nacre.core.errors import Conflict, InvalidInput, NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.store.store import Store

KINDS = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
)
_NOTE_USE_EVERY = timedelta(minutes=1)


class KeyRow(Answer):
    """A key as it is listed; `fingerprint` is what `ssh-keygen -l` shows."""

    id: int
    name: str
    kind: str
    fingerprint: str
    person: str
    created_at: datetime
    last_used_at: datetime | None


class Keys:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add(self, name: str, line: str, by: Principal) -> KeyRow:
        """Let in whoever holds the private half of the key in `line`, a line of an authorized_keys or .pub file.

        Raises InvalidInput "bad-key", Conflict "key-taken" when this or another person has it already.
        """
        kind, blob, comment = _parsed(line)
        row = {
            "name": name or comment or kind,
            "kind": kind,
            "fingerprint": fingerprint(blob),
            "person": by.person,
            "created_at": self._clock(),
        }
        try:
            with self._store.write() as connection:
                return _listed(connection.execute(insert(keys).values(row).returning(keys)).one())
        except IntegrityError as error:
            raise Conflict(
                "key-taken", "This key lets somebody in already.", hint="`nacre key list` shows yours; make another."
            ) from error

    def all(self, person: str | None = None) -> list[KeyRow]:
        """This person's, or everybody's."""
        query = select(keys).order_by(keys.c.id)
        with self._store.read() as connection:
            rows = connection.execute(query if person is None else query.where(keys.c.person == person))
            return [_listed(row) for row in rows]

    def remove(self, key_id: int, person: str | None = None) -> KeyRow:
        """Let nobody in by this key (of this person's, if one is named) any more. Raises NotFound "key-not-found"."""
        theirs = keys.c.id == key_id if person is None else (keys.c.id == key_id) & (keys.c.person == person)
        with self._store.write() as connection:
            row = connection.execute(delete(keys).where(theirs).returning(keys)).one_or_none()
        if row is None:
            raise NotFound("key-not-found", f"There is no key {key_id}.", hint="`nacre key list` shows them all.")
        return _listed(row)

    def authenticate(self, shown: str) -> Principal | None:
        """Whom the key with this fingerprint stands for, with their rights of now, or None."""
        with self._store.read() as connection:
            row = connection.execute(select(keys).where(keys.c.fingerprint == shown)).one_or_none()
            return None if row is None else standing(connection, row.person)

    def note_use(self, shown: str) -> None:
        """Keep `last used` to the minute."""
        now = self._clock()
        lately = keys.c.last_used_at > now - _NOTE_USE_EVERY
        with self._store.write() as connection:
            connection.execute(
                update(keys)
                .where(keys.c.fingerprint == shown, keys.c.last_used_at.is_(None) | ~lately)
                .values(last_used_at=now)
            )


def fingerprint(blob: bytes) -> str:
    """The SHA-256 of a public key in the form of `ssh-keygen -l`."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _parsed(line: str) -> tuple[str, bytes, str]:
    """Kind, key and comment. Options before the kind are refused: what they forbid would not be kept."""
    kind, _, rest = line.strip().partition(" ")
    encoded, _, comment = rest.strip().partition(" ")
    if "PRIVATE KEY" in line:
        raise InvalidInput(
            "bad-key", "That is a private key, which nobody else should ever see.", hint="Give the .pub file beside it."
        )
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    named = len(kind).to_bytes(4, "big") + kind.encode()
    if kind not in KINDS or not blob.startswith(named) or len(blob) <= len(named):
        raise InvalidInput(
            "bad-key",
            "That is no public SSH key of a kind that is taken here (Ed25519, ECDSA, RSA).",
            hint='`ssh-keygen -t ed25519` makes one; then `nacre key add "$(cat ~/.ssh/id_ed25519.pub)"`.',
        )
    return kind, blob, comment.strip()[:80]


def _listed(row: Row[tuple[object, ...]]) -> KeyRow:
    return KeyRow.model_validate(dict(row._mapping))
