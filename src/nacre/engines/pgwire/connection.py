"""One client, from its first packet to its end."""

import asyncio
import contextlib
import logging
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Generic

from nacre.engines.pgwire import messages
from nacre.engines.pgwire.backend import Backend, ByScram, Column, Hello, Peer, Row, S, Shape
from nacre.engines.pgwire.channel import Channel, Gone
from nacre.engines.pgwire.errors import BrokenProtocol, SqlError
from nacre.engines.pgwire.messages import Reader
from nacre.engines.pgwire.scram import MECHANISM, Scram
from nacre.engines.pgwire.statements import ALL, read
from nacre.engines.pgwire.talk import REPORTED, Answer, Prepared, Talk, close
from nacre.engines.pgwire.tokens import split

_log = logging.getLogger(__name__)
_LET_IN_WITHIN_S = 15.0
_LONGEST_FIRST_BYTES = 10_000
_LONGEST_SIGN_IN_BYTES = 4_000
_MOST_PORTALS = 1000
_INTEGERS = {20: "!q", 21: "!h", 23: "!i"}
"""Types that clients send numbers as, with their binary form."""


@dataclass
class _Portal:
    """A statement with its parameters, and as much of its answer as has not been sent."""

    prepared: Prepared
    parameters: Row
    formats: tuple[int, ...] = ()
    answer: Answer | None = None
    sent: int = 0


class Connection(Generic[S]):
    """`key`, a pid and a secret, names it to whoever wants its statement cancelled; `cancel` is told of such wishes."""

    def __init__(
        self,
        backend: Backend[S],
        channel: Channel,
        tls: ssl.SSLContext | None,
        key: tuple[int, int],
        cancel: Callable[[int, int], None],
        *,
        full: bool,
    ) -> None:
        self._backend = backend
        self._channel = channel
        self._tls = tls
        self._key = key
        self._cancel = cancel
        self._full = full
        self._portals: dict[str, _Portal] = {}
        self._out = bytearray()
        self._task: asyncio.Task[object] | None = None
        self._working = False
        self._wish = False
        self._encrypted = False

    async def serve(self) -> None:
        """Until the client leaves. Cancelled when the connection is lost."""
        self._task = asyncio.current_task()
        try:
            async with asyncio.timeout(_LET_IN_WITHIN_S):
                talk = await self._let_in()
            if talk is not None:
                await self._listen(talk)
        except SqlError as error:
            self._say(messages.error(error, "FATAL"))
        except BrokenProtocol as error:
            self._say(messages.error(SqlError("08P01", f"This is not PostgreSQL's protocol: {error}."), "FATAL"))
        except (Gone, TimeoutError, OSError):
            pass
        finally:
            with contextlib.suppress(Gone, OSError):
                self._flush()
            self._channel.close()

    def stop_statement(self) -> None:
        """End what is being worked on now, if anything is: the client is told 57014."""
        if self._working and self._task is not None and not self._wish:
            self._wish = True
            self._task.cancel()

    # Being let in

    async def _let_in(self) -> Talk[S] | None:
        hello = await self._hello()
        if hello is None:
            return None
        if self._full:
            raise SqlError("53300", "There are too many connections.", hint="Close some, or try again soon.")
        admission = await self._backend.admit(hello)
        try:
            if isinstance(admission, ByScram):
                await self._scram(admission.verifier)
        except BaseException:
            await self._backend.gone(admission.session)
            raise
        talk = Talk(self._backend, admission.session)
        talk.settings["application_name"] = hello.application
        talk.settings["session_authorization"] = hello.user
        self._say(messages.AUTHENTICATION_OK)
        for name, shown in REPORTED.items():
            self._say(messages.parameter_status(shown, talk.settings[name]))
        self._say(messages.key_data(*self._key))
        self._say(messages.ready(talk.status))
        self._flush()
        return talk

    async def _hello(self) -> Hello | None:
        """What the client says first; None when all it wanted was to have another's statement cancelled."""
        while True:
            packet = Reader(await self._channel.packet(_LONGEST_FIRST_BYTES))
            version = packet.int32()
            if version == messages.TLS:
                await self._start_tls()
            elif version == messages.GSS:
                self._channel.write(b"N")
            elif version == messages.CANCEL:
                self._cancel(packet.int32(), packet.int32() & 0xFFFFFFFF)
                return None
            elif version >> 16 == 3:
                return self._greeted(packet, version & 0xFFFF)
            else:
                raise SqlError("0A000", "Only version 3 of the protocol is spoken here.")

    async def _start_tls(self) -> None:
        if self._tls is None or self._encrypted:
            self._channel.write(b"N")
            return
        self._channel.write(b"S")
        await self._channel.encrypt(self._tls)
        self._encrypted = True

    def _greeted(self, packet: Reader, minor: int) -> Hello:
        said: dict[str, str] = {}
        while name := packet.string():
            said[name] = packet.string()
        packet.end()
        unknown = [name for name in said if name.startswith("_pq_.")]
        if minor > 0 or unknown:
            self._say(messages.negotiate(unknown))
        user = said.get("user", "")
        if not user:
            raise SqlError("28000", "No user was named.")
        encoding = said.get("client_encoding", "UTF8").lower().strip("'").replace("-", "")
        if encoding not in ("utf8", "unicode", "sql_ascii", "auto"):
            raise SqlError("22023", f"Only UTF-8 is spoken here, not {encoding:.40}.")
        return Hello(
            user,
            said.get("database", user),
            said.get("application_name", ""),
            said,
            _peer(self._channel),
            self._encrypted,
        )

    async def _scram(self, verifier: str) -> None:
        scram = Scram(verifier)
        self._say(messages.sasl(MECHANISM))
        self._flush()
        said = Reader(await self._sign_in_message())
        if said.string() != MECHANISM:
            raise SqlError("28000", "Only SCRAM-SHA-256 is spoken here.")
        self._say(messages.sasl_continue(scram.first(said.take(said.int32()))))
        self._flush()
        self._say(messages.sasl_final(scram.final(await self._sign_in_message())))

    async def _sign_in_message(self) -> bytes:
        kind, said = await self._channel.message(_LONGEST_SIGN_IN_BYTES)
        if kind != ord("p"):
            raise BrokenProtocol("a password was expected")
        return said

    # Statements

    async def _listen(self, talk: Talk[S]) -> None:
        try:
            skipping = False
            while True:
                if self._out:
                    await self._send_if_much()
                kind, said = await self._channel.message()
                if kind == ord("X"):
                    return
                if kind == ord("S"):
                    skipping = False
                    self._portals.pop("", None)
                    self._ready(talk)
                    await self._channel.drain()
                elif not skipping:
                    try:
                        await self._understand(talk, kind, Reader(said))
                    except SqlError as error:
                        talk.failed()
                        self._say(messages.error(error))
                        skipping = kind != ord("Q")
                        if not skipping:
                            self._ready(talk)
        finally:
            for portal in self._portals.values():
                if portal.answer is not None and portal.answer.rows is not None:
                    await close(portal.answer.rows)
            await talk.leave()

    async def _understand(self, talk: Talk[S], kind: int, said: Reader) -> None:
        match chr(kind):
            case "Q":
                await self._query(talk, said.string())
                self._ready(talk)
                await self._channel.drain()
            case "P":
                self._parse(talk, said)
            case "B":
                self._bind(talk, said)
            case "D":
                self._describe(talk, said)
            case "E":
                await self._execute(talk, said)
            case "C":
                await self._close(talk, said)
            case "H":
                self._flush()
            case "c" | "d" | "f":
                pass  # of a COPY that was refused: the client sends on until it has heard so
            case "F":
                raise SqlError("0A000", "Calls of functions by number are not spoken here.")
            case _:
                raise BrokenProtocol(f"there is no message of the kind {kind}")

    async def _query(self, talk: Talk[S], text: str) -> None:
        statements = [read(each) for each in split(text)]
        if not statements:
            self._say(messages.EMPTY_QUERY)
        for statement in statements:
            if statement is not None:
                async with self._work():
                    answer = await talk.execute(statement, ())
                    if answer.rows is not None:
                        self._say(messages.row_description(answer.rows.columns))
                    portal = _Portal(Prepared(statement, Shape(0, ())), (), (), answer)
                    await self._send_rows(portal, ALL)

    def _parse(self, talk: Talk[S], said: Reader) -> None:
        name, text = said.string(), said.string()
        oids = [said.int32() for _ in range(said.int16())]
        said.end()
        if name and name in talk.prepared:
            raise SqlError("42P05", f"There is a prepared statement “{name:.80}” already.")
        if len(talk.prepared) >= _MOST_PORTALS and name not in talk.prepared:
            raise SqlError("54000", "There are too many prepared statements.", hint="DEALLOCATE ALL")
        parts = split(text)
        if len(parts) > 1:
            raise SqlError("42601", "Only one statement at a time can be prepared.")
        statement = read(parts[0]) if parts else None
        talk.prepared[name] = Prepared(statement, talk.describe(statement), tuple(oids))
        self._say(messages.PARSE_COMPLETE)

    def _bind(self, talk: Talk[S], said: Reader) -> None:
        name, prepared = said.string(), _prepared(talk, said.string())
        formats = [said.int16() for _ in range(said.int16())]
        raw = [_value(said) for _ in range(said.int16())]
        results = tuple(said.int16() for _ in range(said.int16()))
        said.end()
        if len(raw) != prepared.shape.parameters:
            raise SqlError("08P01", f"{len(raw)} parameters were given, {prepared.shape.parameters} are asked for.")
        if len(formats) > 1 and len(formats) != len(raw):
            raise SqlError("08P01", "The formats of the parameters do not fit their number.")
        if len(self._portals) >= _MOST_PORTALS:
            raise SqlError("54000", "There are too many portals.")
        parameters = tuple(_parameter(prepared, formats, number, value) for number, value in enumerate(raw))
        self._portals[name] = _Portal(prepared, parameters, results)
        self._say(messages.BIND_COMPLETE)

    def _describe(self, talk: Talk[S], said: Reader) -> None:
        kind, name = said.take(1), said.string()
        if kind == b"S":
            shape = _prepared(talk, name).shape
            self._say(messages.parameters(shape.parameters))
            self._say_columns(shape.columns, ())
        elif name not in self._portals:
            self._say_columns(talk.cursor_columns(name), ())  # to clients, a cursor is a portal
        else:
            portal = self._portal(name)
            columns = talk.describe(portal.prepared.statement).columns if portal.answer is None else ()
            self._say_columns(columns or portal.prepared.shape.columns, portal.formats)

    async def _execute(self, talk: Talk[S], said: Reader) -> None:
        portal, most = self._portal(said.string()), said.int32()
        said.end()
        statement = portal.prepared.statement
        if statement is None:
            self._say(messages.EMPTY_QUERY)
            return
        async with self._work():
            if portal.answer is None:
                portal.answer = await talk.execute(statement, portal.parameters)
            await self._send_rows(portal, most if most > 0 else ALL)

    async def _close(self, talk: Talk[S], said: Reader) -> None:
        kind, name = said.take(1), said.string()
        if kind == b"S":
            talk.prepared.pop(name, None)
        else:
            portal = self._portals.pop(name, None)
            if portal is not None and portal.answer is not None and portal.answer.rows is not None:
                await close(portal.answer.rows)
        self._say(messages.CLOSE_COMPLETE)

    async def _send_rows(self, portal: _Portal, most: int) -> None:
        """At most so many rows, and what the statement ends with once there are no more."""
        answer = portal.answer
        assert answer is not None
        if answer.rows is not None:
            async for row in _up_to(answer.rows.rows, most):
                self._say(messages.data_row(row))
                portal.sent += 1
                most -= 1
                if answer.rows.lively:
                    self._flush()
                await self._send_if_much()
            if most == 0:
                self._say(messages.PORTAL_SUSPENDED)
                return
            if not answer.lasts:
                await close(answer.rows)
        self._say(messages.command_complete(answer.tag.replace("%", str(portal.sent))))

    @contextlib.asynccontextmanager
    async def _work(self) -> AsyncIterator[None]:
        """What runs in the block can be cancelled by the client's wish; it ends in SqlError 57014 then."""
        self._working, self._wish = True, False
        try:
            yield
        except asyncio.CancelledError:
            if not self._wish or self._task is None or self._task.uncancel() > 0:
                raise
            raise SqlError("57014", "The statement was cancelled because you asked for it.") from None
        finally:
            self._working = False

    def _portal(self, name: str) -> _Portal:
        if name not in self._portals:
            raise SqlError("34000", f"There is no portal “{name:.80}”.")
        return self._portals[name]

    # What is said

    def _say_columns(self, columns: tuple[Column, ...], formats: tuple[int, ...]) -> None:
        if len(formats) > 1 and len(formats) != len(columns):
            raise SqlError("08P01", "The formats of the columns do not fit their number.")
        self._say(messages.row_description(columns, formats) if columns else messages.NO_DATA)

    def _ready(self, talk: Talk[S]) -> None:
        self._say(messages.ready(talk.status))
        self._flush()

    def _say(self, piece: bytes) -> None:
        self._out += piece

    def _flush(self) -> None:
        if self._out:
            self._channel.write(bytes(self._out))
            self._out.clear()

    async def _send_if_much(self) -> None:
        if len(self._out) > 1 << 16:
            self._flush()
        if not self._out:
            await self._channel.drain()


async def _up_to(rows: AsyncIterator[Row], most: int) -> AsyncIterator[Row]:
    """No further row is begun once there are enough."""
    while most > 0:
        try:
            row = await anext(rows)
        except StopAsyncIteration:
            return
        yield row
        most -= 1


def _peer(channel: Channel) -> Peer | None:
    connected = channel.transport.get_extra_info("socket")
    if connected is None or connected.family != socket.AF_UNIX:
        return None
    return Peer(*struct.unpack("iII", connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)))


def _prepared(talk: Talk[S], name: str) -> Prepared:
    if name not in talk.prepared:
        raise SqlError("26000", f"There is no prepared statement “{name:.80}”.")
    return talk.prepared[name]


def _value(said: Reader) -> bytes | None:
    length = said.int32()
    return None if length == -1 else said.take(length)


def _parameter(prepared: Prepared, formats: list[int], number: int, raw: bytes | None) -> str | None:
    if raw is None:
        return None
    binary = (formats[number] if len(formats) > 1 else formats[0]) == 1 if formats else False
    oid = prepared.oids[number] if number < len(prepared.oids) else 0
    if binary and oid in _INTEGERS:
        form = struct.Struct(_INTEGERS[oid])
        if len(raw) != form.size:
            raise SqlError("22P03", "A number has the wrong length.")
        return str(form.unpack(raw)[0])
    return messages.decoded(raw)
