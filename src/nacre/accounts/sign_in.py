"""Signing in and out: by password or by a one-time link; whatever comes of it is audited."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from nacre.accounts.attempts import Attempts, WaitFirst, key
from nacre.accounts.links import Links, Promise, refuse_if_founded
from nacre.accounts.passwords import LONGEST, Passwords, check_strength
from nacre.accounts.people import Language, People
from nacre.accounts.secrets import digest, new_secret
from nacre.accounts.sessions import Sessions, SignedIn, Visitor, end_all
from nacre.accounts.tables import devices, people
from nacre.core.audit import Audit
from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput, NacreError, NotSignedIn
from nacre.core.store.store import Store

_UNKNOWN = "nobody"
_DEVICES_KEPT = 20


@dataclass(frozen=True)
class Entered:
    """`cookie` is the session's secret; `device` tells this browser from strangers', None while it keeps its own."""

    signed_in: SignedIn
    cookie: str
    device: str | None


@dataclass(frozen=True)
class Chosen:
    """What the follower of a link enters: a name for the first admin only, a password always."""

    password: str
    name: str | None = None
    display_name: str | None = None
    language: Language | None = None


@dataclass
class Noted:
    """Who the audit will name; a block that finds out only in its course says so here."""

    who: str


class SignIn:
    """Every method blocks: hashing takes a tenth of a second."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        audit: Audit,
        passwords: Passwords,
        people_: People,
        sessions: Sessions,
        links: Links,
        attempts: Attempts,
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._passwords = passwords
        self._people = people_
        self._sessions = sessions
        self._links = links
        self._attempts = attempts

    def with_password(self, name: str, password: str, device: str | None, visitor: Visitor, request_id: str) -> Entered:
        """Sign in by name (or e-mail address) and password.

        Raises NotSignedIn "bad-credentials" (also for a name that nobody has, after the same work) and
        "person-disabled", TooOften "too-many-attempts".
        """
        with self._store.read() as connection:
            query = select(people).where((people.c.name == _plain(name)) | (people.c.email == _plain(name)))
            person = connection.execute(query).first()
            known = person is not None and _device(connection, device, person.id) is not None
        # What was typed as a name may be a password: the audit gets only names that somebody has.
        said = {"name": person.name if person else "", "address": visitor.address}
        with self.audited("sign-in", f"person:{person.name}" if person else _UNKNOWN, said, request_id):
            if known and device is not None:
                keys = [key("device", digest(device))]
            else:
                keys = [key("account", digest(_plain(name))), key("address", visitor.address)]
            self._attempts.begin(keys)
            if not self._passwords.matches(person.password if person else None, password[:LONGEST]) or person is None:
                raise NotSignedIn(
                    "bad-credentials",
                    "There is nobody of this name with this password.",
                    hint="An admin can make you a one-time link, to choose a new one by.",
                )
            self._attempts.passed(keys)
            if person.disabled_at is not None:
                raise NotSignedIn("person-disabled", "Your account is disabled.", hint="Ask an admin.")
            if self._passwords.is_outdated(person.password):
                self._renew(person.id, password)
            return self.enter(person.id, device if known else None, visitor, "password")

    def look_at_link(self, link: str) -> Promise:
        """What this link would do. Raises NotSignedIn "bad-link"."""
        return self._links.look(link)

    def with_link(self, link: str, chosen: Chosen, visitor: Visitor, request_id: str) -> Entered:
        """Follow a one-time link: choose a password (and, as the first of all, a name), and be signed in.

        All other sessions of the person end. Raises NotSignedIn "bad-link", InvalidInput "weak-password", "bad-name".
        """
        promise = self._links.look(link)
        name = promise.name if promise.name is not None else _given(chosen.name)
        said = {"name": name, "link": promise.kind, "address": visitor.address}
        with self.audited("sign-in.link", f"person:{name}", said, request_id):
            check_strength(chosen.password, name, chosen.display_name or promise.display_name or "")
            hashed = self._passwords.hash(chosen.password)
            with self._store.write() as connection:
                row = self._links.find(connection, link)  # of two who follow it at once, one comes too late
                if row.person_id is None:
                    refuse_if_founded(connection)
                    language = chosen.language or "en"
                    number = self._people.add(
                        connection, name, chosen.display_name or "", None, "admin", language, "link:first"
                    )
                else:
                    number = row.person_id
                changes = {"display_name": chosen.display_name, "language": chosen.language, "password": hashed}
                connection.execute(
                    update(people)
                    .where(people.c.id == number)
                    .values({name: value for name, value in changes.items() if value})
                )
                self._links.use_up(connection, row)
                end_all(connection, name, None)
            return self.enter(number, None, visitor, "link")

    def enter(self, person_id: int, device: str | None, visitor: Visitor, how: str) -> Entered:
        """Open a session for a person who has proved who they are; `device` is the one this browser keeps, if any."""
        with self._store.write() as connection:
            _, cookie = self._sessions.open(connection, person_id, visitor, how)
            new_device = None if device else _add_device(connection, person_id, self._clock())
        signed_in = self._sessions.authenticate(cookie)
        if signed_in is None:
            raise NotSignedIn("person-disabled", "Your account is disabled.", hint="Ask an admin.")
        return Entered(signed_in, cookie, new_device)

    def out(self, signed_in: SignedIn, request_id: str) -> None:
        """End this session."""
        with self.audited("sign-out", str(signed_in.principal), {}, request_id):
            self._sessions.end(signed_in.session, signed_in.principal.person)

    @contextmanager
    def audited(self, operation: str, who: str, said: dict[str, str], request_id: str) -> Iterator[Noted]:
        """Write down what comes of the block; a wait that goes on is not told again and again."""
        noted = Noted(who)
        try:
            yield noted
        except NacreError as error:
            if not isinstance(error, WaitFirst) or error.fresh:
                self._audit.note(noted.who, "http", operation, said, request_id, "refused", error.code)
            raise
        self._audit.note(noted.who, "http", operation, said, request_id, "done")

    def _renew(self, person_id: int, password: str) -> None:
        with self._store.write() as connection:
            connection.execute(
                update(people).where(people.c.id == person_id).values(password=self._passwords.hash(password))
            )


def _plain(name: str) -> str:
    return name.strip().lower()


def _given(name: str | None) -> str:
    if not name:
        raise InvalidInput(
            "bad-input", "“name” is missing: the first person chooses one.", hint="Something like “ann”."
        )
    return name


def _device(connection: Connection, device: str | None, person_id: int) -> int | None:
    if device is None:
        return None
    query = select(devices.c.id).where(devices.c.digest == digest(device), devices.c.person_id == person_id)
    return connection.execute(query).scalar()


def _add_device(connection: Connection, person_id: int, now: object) -> str:
    """A new device; of too many the oldest are forgotten."""
    device = new_secret()
    connection.execute(insert(devices).values(person_id=person_id, digest=digest(device), created_at=now))
    newest = (
        select(devices.c.id).where(devices.c.person_id == person_id).order_by(devices.c.id.desc()).limit(_DEVICES_KEPT)
    )
    connection.execute(delete(devices).where(devices.c.person_id == person_id, devices.c.id.not_in(newest)))
    return device
