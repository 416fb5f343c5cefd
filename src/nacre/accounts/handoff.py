"""Carries a sign-in from the console's origin to another one of people's content, without showing it the cookie.

The console's origin gives a code for one host, good once and for thirty seconds; that host turns it into a cookie of
its own. What it then has ends with the session it came from.
"""

import threading
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from nacre.accounts.remembered import Remembered
from nacre.accounts.secrets import digest, new_secret
from nacre.accounts.sessions import Sessions, SignedIn
from nacre.accounts.tables import content_sessions
from nacre.core.clock import Clock
from nacre.core.errors import NotSignedIn
from nacre.core.principals import Principal
from nacre.core.store.store import Store

_GOOD_FOR = timedelta(seconds=30)
_MOST_EACH = 50


class HandOff:
    """Codes are kept in memory: a daemon that starts again knows none, and the browser simply asks for another."""

    def __init__(self, store: Store, clock: Clock, standing: Sessions) -> None:
        self._store = store
        self._clock = clock
        self._sessions = standing
        self._lock = threading.Lock()
        self._codes: dict[str, tuple[int, str, datetime]] = {}
        self._remembered: Remembered[Principal] = Remembered(store)

    def issue(self, signed_in: SignedIn, host: str) -> str:
        """A code by which `host` (name and port, as in the Host header) may know this session."""
        now, code = self._clock(), new_secret()
        with self._lock:
            self._codes = {key: kept for key, kept in self._codes.items() if kept[2] > now}
            self._codes[digest(code)] = signed_in.session, host.lower(), now + _GOOD_FOR
        return code

    def redeem(self, code: str, host: str) -> str:
        """The secret for a cookie on `host`. Raises NotSignedIn "bad-code"."""
        now = self._clock()
        with self._lock:
            session, meant_for, until = self._codes.pop(digest(code), (0, "", now))
        if meant_for != host.lower() or until <= now or self._sessions.by_id(session) is None:
            raise NotSignedIn(
                "bad-code", "This sign-in code was used already, is too old, or is for another host.",
                hint="Open the page again from the console.",
            )  # fmt: skip
        secret = new_secret()
        with self._store.write() as connection:
            _keep_few(connection, session)
            connection.execute(
                insert(content_sessions).values(
                    session_id=session, host=host.lower(), digest=digest(secret), created_at=now
                )
            )
        return secret

    def known(self, cookie: str, host: str) -> Principal | None:
        """As `authenticate`, from memory alone and at once; None when it is not in memory."""
        return self._remembered.get(_key(cookie, host), self._clock())

    def authenticate(self, cookie: str, host: str) -> Principal | None:
        """Whom a content cookie stands for on this host, or None when its session has ended or it is another host's."""
        now, version = self._clock(), self._store.version
        found = self._remembered.get(_key(cookie, host), now)
        if found is None and (found := self._look_up(cookie, host)) is not None:
            self._remembered.put(_key(cookie, host), found, now, version)
        return found

    def _look_up(self, cookie: str, host: str) -> Principal | None:
        query = select(content_sessions.c.session_id).where(
            content_sessions.c.digest == digest(cookie), content_sessions.c.host == host.lower()
        )
        with self._store.read() as connection:
            session = connection.execute(query).scalar()
        signed_in = None if session is None else self._sessions.by_id(session)
        return None if signed_in is None else signed_in.principal


def _keep_few(connection: Connection, session: int) -> None:
    """A browser that loses its cookies over and over must not fill the store: its oldest go."""
    newest = (
        select(content_sessions.c.id)
        .where(content_sessions.c.session_id == session)
        .order_by(content_sessions.c.id.desc())
        .limit(_MOST_EACH)
    )
    connection.execute(
        delete(content_sessions).where(content_sessions.c.session_id == session, content_sessions.c.id.not_in(newest))
    )


def _key(cookie: str, host: str) -> str:
    return f"{digest(cookie)}@{host.lower()}"
