"""Sends a worker to every database that has vectorizers, and keeps it there: also after a restart, and to clones."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import apsw

from nacre.core.errors import NacreError
from nacre.llm.book.book import Book
from nacre.llm.sites import ELSEWHERE, Sites

_log = logging.getLogger(__name__)
_LOOK_S = 2.0
_PATIENCE_S = 900.0
"""How long a vectorizer that is being made is waited for: its transaction has yet to be committed."""

_FIRST_WAIT_S, _LAST_WAIT_S = 0.25, 60.0
Place = tuple[str, str]
"""A site and a database of it."""

Spawn = Callable[[str, Coroutine[Any, Any, None]], asyncio.Task[None]]
Work = Callable[[str, str, Callable[[], bool]], Awaitable[None]]
"""Works in a database of a site for as long as it has vectorizers, or is told that one is expected."""


class Crew:
    """Known is where a vectorizer was once made. No connection is held to a place that has none now.

    A branch that was cloned or rewound brings its vectorizers and their queue along: so what is known of one branch
    holds for every branch of its project, each time that its Postgres is found to run anew.
    """

    def __init__(self, book: Book, sites: Sites, spawn: Spawn) -> None:
        self._book = book
        self._sites = sites
        self._spawn = spawn
        self._workers: dict[Place, asyncio.Task[None]] = {}
        self._known: set[Place] = set()
        self._expected: dict[Place, float] = {}
        self._left: dict[Place, int] = {}
        """Where there was nothing to do, and which run of the server said so."""
        self._failures: dict[Place, int] = {}
        self._wake = asyncio.Event()

    def start(self, work: Work) -> None:
        """Look after the places that are known, in the background."""
        rows = self._book.read("SELECT site, database FROM vectorizer_place")
        self._known = {(str(site), str(database)) for site, database in rows}
        self._spawn("vectorizers", self._look_after(work))

    async def know(self, site: str, database: str) -> None:
        """A vectorizer is being made there."""
        place = (site, database)
        self._expected[place] = time.monotonic() + _PATIENCE_S
        self._left.pop(place, None)
        if place not in self._known:
            self._known.add(place)

            def note(connection: apsw.Connection) -> None:
                connection.execute("INSERT OR IGNORE INTO vectorizer_place VALUES (?, ?)", place)

            await self._book.write(note)
        self._wake.set()

    async def _look_after(self, work: Work) -> None:
        while True:
            self._wake.clear()
            if self._known:
                for place, run in (await asyncio.to_thread(self._places)).items():
                    if place not in self._workers and self._left.get(place) != run:
                        self._workers[place] = self._spawn(f"vectorizers of {place}", self._work(work, place, run))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _LOOK_S if self._known else None)

    def _places(self) -> dict[Place, int]:
        """Where to look now, with the process of the server, 0 where it is not known."""
        found = {place: 0 for place in self._known if place[0].startswith(ELSEWHERE)}
        for project, database in {(site.partition(":")[0], database) for site, database in self._known - found.keys()}:
            for branch, pid in self._sites.running(project).items():
                found[branch, database] = pid
        return found

    async def _work(self, work: Work, place: Place, run: int) -> None:
        import psycopg

        try:
            await work(*place, lambda: self._expected.get(place, 0) > time.monotonic())
            self._left[place] = run
            self._failures.pop(place, None)
        except (NacreError, psycopg.Error) as error:
            # It was stopped, is being rewound, or has no pg_llm: worth a line, and another look, ever later.
            failures = self._failures[place] = self._failures.get(place, 0) + 1
            if failures == 1:
                _log.info("vectorizers of %s: %s", place, error)
            await asyncio.sleep(min(_FIRST_WAIT_S * 2 ** min(failures, 10), _LAST_WAIT_S))
        finally:
            del self._workers[place]
            self._wake.set()
