"""What the wire server asks: who may come in, and what the relations `call` and `stream` answer."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from nacre.branches.places import Places
from nacre.core.errors import InvalidInput, NacreError, NotAllowed
from nacre.core.validation import first_fault
from nacre.engines.pgwire.backend import ByScram, Column, Hello, Row, Rows, Shape, Trusted
from nacre.engines.pgwire.errors import SqlError
from nacre.engines.pgwire.select import Parameter, Select, parse
from nacre.llm.caller import HOME, Caller
from nacre.llm.configuration import Configuration
from nacre.llm.desk import Desk
from nacre.llm.errors import INTERNAL, detail_of, sqlstate_of
from nacre.llm.functions import Json, allowed
from nacre.llm.peers import Peer, made_out
from nacre.llm.protocol import check_understood
from nacre.llm.sites import ELSEWHERE

_log = logging.getLogger(__name__)
M = TypeVar("M", bound=BaseModel)

_RELATIONS = {"call": ("request", "caller", "answer"), "stream": ("request", "caller", "piece")}
"""Their columns. `caller` may be told apart from the request, by whom the request itself does not come from."""
_UNDEFINED_TABLE = "42P01"
_UNDEFINED_COLUMN = "42703"
_NO_REQUEST = "42601"
_NO_ENTRY = "28000"
_SHORT = 200


class _Told(BaseModel):
    """What a request says of its caller. From a database it is about its own roles; from the daemon about anybody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database: str = ""
    role: str = ""
    admin: bool = False
    application: str = ""
    person: str | None = None
    branch: str | None = None
    protocol: int = 1


class _Spoken(BaseModel):
    """Read before all else: what a later protocol says besides is not for us to judge."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    protocol: int = 1


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    fn: str
    args: dict[str, Any] | None = None
    caller: _Told | None = None


@dataclass(frozen=True)
class Session:
    """Who is on a connection."""

    peer: Peer
    database: str
    application: str


class Relations:
    """The Backend of the wire server."""

    def __init__(self, desk: Desk, configuration: Configuration) -> None:
        self._desk = desk
        self._configuration = configuration
        self._places = Places(configuration.home.resolve())

    async def admit(self, hello: Hello) -> Trusted[Session] | ByScram[Session]:
        """Databases of branches and the daemon are known by the kernel, sites elsewhere by their password over TLS."""
        if hello.peer is None:
            return self._by_password(hello)
        try:
            peer = made_out(self._places, hello.peer.pid, hello.peer.uid, os.geteuid(), self._configuration.daemon_uid)
        except NotAllowed as error:
            raise SqlError(_NO_ENTRY, error.message, hint=error.hint) from None
        return Trusted(Session(peer, hello.database, hello.application))

    def describe(self, session: Session, text: str) -> Shape:
        select = _select(text)
        return Shape(select.parameters, tuple(Column(name) for name in _columns(select)))

    def run(self, session: Session, text: str, parameters: Row) -> Rows:
        select = _select(text)
        given = {
            name: (parameters[value.number - 1] if isinstance(value, Parameter) else value) or ""
            for name, value in select.equals.items()
        }
        names = _columns(select)
        streams = select.relation == "stream"
        rows = self._rows(session, names, given, streams=streams)
        return Rows(tuple(Column(name) for name in names), rows, lively=streams)

    async def gone(self, session: Session) -> None:
        """Nothing is kept for a connection: the server ends what was under way on it."""

    async def _rows(
        self, session: Session, names: tuple[str, ...], given: Mapping[str, str], *, streams: bool
    ) -> AsyncIterator[Row]:
        try:
            async with aclosing(self._answers(session, given, streams=streams)) as answers:
                async for answer in answers:
                    said = json.dumps(answer, ensure_ascii=False)
                    yield tuple(given.get(name, said) for name in names)
        except NacreError as error:
            raise as_sql(error) from error
        except (SqlError, asyncio.CancelledError):
            raise
        except Exception as error:
            _log.exception("a function broke")
            raise SqlError(
                INTERNAL,
                f"The side-car failed: {type(error).__name__}: {error}",
                hint="`nacre system logs models` has more.",
            ) from error

    async def _answers(self, session: Session, given: Mapping[str, str], *, streams: bool) -> AsyncGenerator[Json]:
        if "caller" in given:
            check_understood(_read(_Spoken, given["caller"]).protocol, session.peer.site)
        request = _read(_Request, given["request"])
        told = _read(_Told, given["caller"]) if "caller" in given else request.caller
        if told is None:
            raise InvalidInput("llm-bad-arguments", "Nobody says who calls.", hint="Call the functions of schema llm.")
        caller = _caller(session, told)
        if caller.site.startswith(ELSEWHERE) and self._verifier(caller.site) is None:
            raise SqlError(
                _NO_ENTRY, "This site may not call in any more.", hint="`nacre llm install` lets it in again."
            )
        function, args = allowed(request.fn, request.args, caller, streams=streams)
        if function.streamer is not None:
            async for piece in function.streamer(self._desk, caller, args):
                yield piece
        elif function.handler is not None:
            yield await function.handler(self._desk, caller, args)

    def _by_password(self, hello: Hello) -> ByScram[Session]:
        site = f"{ELSEWHERE}{hello.user}"
        if not hello.encrypted:
            raise SqlError(_NO_ENTRY, "Sites come by TLS.", hint="Set sslmode=require, or better verify-full.")
        session = Session(Peer(site=site), hello.database, hello.application)
        # Who is unknown is asked for a password all the same, and told of no difference.
        return ByScram(self._verifier(site) or self._desk.sites.stand_in(site), session)

    def _verifier(self, site: str) -> str | None:
        """What proves a site's password; None for one that may not call in."""
        found = self._desk.store.read("SELECT verifier FROM site WHERE name = ?", (site,))
        return str(found[0][0]) if found else None


def as_sql(error: NacreError) -> SqlError:
    """An error as SQL sees it."""
    return SqlError(sqlstate_of(error), error.message, detail=detail_of(error), hint=error.hint)


def _select(text: str) -> Select:
    """Raises SqlError for whatever is no question to one of the two relations.

    Callers send a few texts over and over, with the request as a parameter; a text that holds one is long, and comes
    once.
    """
    return _parsed(text) if len(text) <= _SHORT else _checked(text)


def _checked(text: str) -> Select:
    select = parse(text)
    known = _RELATIONS.get(select.relation)
    if known is None:
        raise SqlError(
            _UNDEFINED_TABLE, f"There is no relation “{select.relation}” here.", hint="There are call and stream."
        )
    for name in (*select.columns, *select.equals):
        if name not in known:
            raise SqlError(_UNDEFINED_COLUMN, f"{select.relation} has no column “{name}”.")
    if "request" not in select.equals or not select.equals.keys() <= {"request", "caller"}:
        raise SqlError(_NO_REQUEST, f"What {select.relation} answers depends on its request: say WHERE request = ….")
    return select


_parsed = lru_cache(maxsize=256)(_checked)


def _columns(select: Select) -> tuple[str, ...]:
    return select.columns or _RELATIONS[select.relation]


def _read(what: type[M], text: str) -> M:
    try:
        return what.model_validate_json(text)
    except ValidationError as error:
        where, fault = first_fault(error, "the request")
        raise InvalidInput(
            "llm-bad-arguments",
            f"“{where}”: {fault}.",
            hint="Call the functions of the schema llm, which write requests as they must be.",
        ) from None


def _caller(session: Session, told: _Told) -> Caller:
    """From a database, whatever is said of a person or another branch counts for nothing."""
    peer = session.peer
    if not peer.is_daemon:
        application = told.application or session.application
        return Caller(peer.site, told.database or session.database, told.role, told.admin, application, peer.branch)
    site = told.branch or HOME
    return Caller(
        site, told.database, told.role, told.admin, told.application, told.branch, told.person, by_daemon=True
    )
