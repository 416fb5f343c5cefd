"""How operations call the side-car: over its socket, with the very statements that SQL calls it with."""

import json
import select
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from nacre.branches.catalog import Catalog
from nacre.core.errors import NacreError
from nacre.core.names import Ref
from nacre.core.principals import Principal, Role
from nacre.llm.errors import from_sql
from nacre.llm.leaving import cancelled_when_left

_CONNECT_S = 30
_MOST_IDLE = 8
_CALL = "SELECT answer FROM public.call WHERE request = %s"
_STREAM = "SELECT piece FROM public.stream WHERE request = %s"


class Llm:
    """The service of the operations. `folder` is where the side-car's socket is; `catalog` knows the branches."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self._folder = folder
        self._catalog = catalog
        self._idle: deque[Connection[tuple[str]]] = deque()

    def call(self, who: Principal, fn: str, args: Mapping[str, Any], ref: Ref | None = None) -> Any:
        """The answer of a function, called for `who`, about a branch where one is told.

        Raises NotFound "project-not-found" or "branch-not-found", and what llm/errors.py lists.
        """
        return self._ask(self._request(who, fn, args, ref))

    def stream(self, who: Principal, fn: str, args: Mapping[str, Any], ref: Ref | None = None) -> Iterator[Any]:
        """The pieces of a stream as they come; closing the iterator cancels it."""
        request = self._request(who, fn, args, ref)
        with self._connection() as connection, connection.cursor() as cursor:
            for (piece,) in cursor.stream(_STREAM, (json.dumps(request),)):
                yield json.loads(piece)

    def forget(self, branch: Ref, *, whole_project: bool) -> None:
        """A branch goes, perhaps with its project: its calls and keys must not be found by the next of its name."""
        self._ask({"fn": "forget_site", "args": {"project": branch.project, "branch": branch.branch,
                   "whole_project": whole_project}, "caller": {"admin": True}})  # fmt: skip

    def close(self) -> None:
        """Let go of the connections that are kept."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _request(self, who: Principal, fn: str, args: Mapping[str, Any], ref: Ref | None) -> dict[str, Any]:
        if ref is not None:
            self._catalog.branch(ref)
        role = who.role if ref is None else who.role_in(ref.project)
        caller = {
            "person": who.person or str(who),
            "admin": role is not None and role >= Role.ADMIN,
            "application": "nacre",
        }
        if ref is not None:
            # In a branch people are whom its database knows them as: the project's own role, in its own database.
            caller |= {"branch": f"{ref.project}:{ref.branch}", "database": ref.project, "role": ref.project}
        return {"fn": fn, "args": dict(args), "caller": caller}

    def _ask(self, request: Mapping[str, Any]) -> Any:
        with self._connection() as connection:
            row = connection.execute(_CALL, (json.dumps(request),)).fetchone()
            assert row is not None
            return json.loads(row[0])

    @contextmanager
    def _connection(self) -> Iterator[Connection[tuple[str]]]:
        """One that is kept, else a new one. After an error it is closed: nobody knows what is left on it."""
        try:
            connection = self._kept() or self._open()
        except psycopg.Error as error:
            raise _told(error) from error
        try:
            with cancelled_when_left(connection):
                yield connection
        except psycopg.Error as error:
            connection.close()
            raise _told(error) from error
        except BaseException:
            connection.close()
            raise
        if not connection.closed and len(self._idle) < _MOST_IDLE:
            self._idle.append(connection)

    def _kept(self) -> "Connection[tuple[str]] | None":
        with suppress(IndexError):
            while True:
                connection = self._idle.pop()
                # A side-car that ended meanwhile has left an end of file to be read.
                if not connection.closed and not _readable(connection.fileno()):
                    return connection
                connection.close()
        return None

    def _open(self) -> "Connection[tuple[str]]":
        return psycopg.connect(
            host=str(self._folder), port=5432, user="nacre", dbname="llm", connect_timeout=_CONNECT_S, autocommit=True,
            application_name="nacre", client_encoding="utf8", prepare_threshold=None,
        )  # fmt: skip


def _readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _told(error: psycopg.Error) -> NacreError:
    said = error.diag
    message = said.message_primary or str(error).strip() or "the connection broke"
    state = error.sqlstate or ("08006" if isinstance(error, psycopg.OperationalError) else None)
    return from_sql(state, message, hint=said.message_hint or "", detail=said.message_detail or "")
