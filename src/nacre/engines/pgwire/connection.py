"""One client, from its first packet to its end."""

import asyncio
import logging
from types import TracebackType
from typing import Generic

from nacre.engines.pgwire import messages
from nacre.engines.pgwire.backend import Backend, Column, S
from nacre.engines.pgwire.channel import LONGEST_BYTES, Channel, Gone
from nacre.engines.pgwire.errors import BrokenProtocol, SqlError
from nacre.engines.pgwire.messages import Reader
from nacre.engines.pgwire.portals import Portal, Portals, parameters_of
from nacre.engines.pgwire.reception import Reception
from nacre.engines.pgwire.statements import ALL, read, split
from nacre.engines.pgwire.talk import OPEN, REPORTED, Answer, Prepared, Talk

_log = logging.getLogger(__name__)
_SENT_AT_BYTES = 1 << 16


class Connection(Generic[S]):
    """`key`, a pid and a secret, names it to whoever wants its statement cancelled."""

    def __init__(
        self,
        backend: Backend[S],
        channel: Channel,
        reception: Reception,
        key: tuple[int, int],
        *,
        full: bool,
        let_in_within_s: float,
    ) -> None:
        self._backend = backend
        self._channel = channel
        self._reception = reception
        self._key = key
        self._full = full
        self._let_in_within_s = let_in_within_s
        self._portals = Portals()
        self._out = bytearray()
        self._work = _Work()

    async def serve(self) -> None:
        """Until the client leaves. Cancelled when the connection is lost."""
        try:
            async with asyncio.timeout(self._let_in_within_s):
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
            self._flush()
            self._channel.close()

    def stop_statement(self) -> None:
        """End what is being worked on now, if anything is: the client is told 57014."""
        self._work.stop()

    async def _let_in(self) -> Talk[S] | None:
        hello = await self._reception.hear()
        if hello is None:
            return None
        if self._full:
            raise SqlError("53300", "There are too many connections.", hint="Close some, or try again soon.")
        talk = Talk(self._backend, await self._reception.admit(self._backend, hello))
        talk.settings["application_name"] = hello.application
        talk.settings["session_authorization"] = hello.user
        for name, shown in REPORTED.items():
            self._say(messages.parameter_status(shown, talk.settings[name]))
        self._say(messages.key_data(*self._key))
        self._say(messages.ready(talk.status))
        self._flush()
        return talk

    async def _listen(self, talk: Talk[S]) -> None:
        try:
            skipping = False
            while True:
                await self._send_if_much()
                kind, said = await self._channel.message()
                if kind == ord("X"):
                    return
                if kind == ord("S"):
                    skipping = False
                    await self._end_round(talk)
                elif not skipping:
                    whole = kind in b"QF"
                    skipping = not await self._understood(talk, kind, said) and not whole
                    if whole:
                        await self._end_round(talk)
        finally:
            try:
                await self._portals.drop_all()
            finally:
                await talk.leave()

    async def _understood(self, talk: Talk[S], kind: int, said: bytes | None) -> bool:
        """Whether a message was answered otherwise than by an error."""
        try:
            if said is None:
                most = LONGEST_BYTES >> 20
                raise SqlError("54000", f"A message of more than {most} MB is not taken.", hint="Send less at once.")
            await self._understand(talk, kind, Reader(said))
        except SqlError as error:
            self._fail(talk, error)
            return False
        except (BrokenProtocol, Gone, OSError):
            raise
        except Exception as error:
            _log.exception("a statement broke")
            self._fail(talk, SqlError("XX000", f"The server failed: {type(error).__name__}.", hint="Its log has more."))
            return False
        return True

    def _fail(self, talk: Talk[S], error: SqlError) -> None:
        talk.failed()
        self._say(messages.error(error))

    async def _end_round(self, talk: Talk[S]) -> None:
        """All that the client sent is answered: it may go on. Portals end with their transaction."""
        if talk.status != OPEN:
            await self._portals.drop_all()
        self._say(messages.ready(talk.status))
        self._flush()
        await self._channel.drain()

    async def _understand(self, talk: Talk[S], kind: int, said: Reader) -> None:
        match chr(kind):
            case "Q":
                await self._portals.drop("")
                await self._query(talk, said.string())
            case "P":
                self._parse(talk, said)
            case "B":
                await self._bind(talk, said)
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
        statements = split(text)
        if not statements:
            self._say(messages.EMPTY_QUERY)
        for each in statements:
            statement = read(each)
            if statement is not None:
                with self._work:
                    answer = await talk.execute(statement, ())
                    if answer.rows is not None:
                        self._say(messages.row_description(answer.rows.columns))
                    await self._send_rows(Portal(statement, answer=answer), ALL)

    def _parse(self, talk: Talk[S], said: Reader) -> None:
        name, text = said.string(), said.string()
        oids = tuple(said.int32() for _ in range(said.int16()))
        said.end()
        parts = split(text)
        if len(parts) > 1:
            raise SqlError("42601", "Only one statement at a time can be prepared.")
        statement = read(parts[0]) if parts else None
        talk.prepare(name, Prepared(statement, talk.describe(statement), oids, len(text)))
        self._say(messages.PARSE_COMPLETE)

    async def _bind(self, talk: Talk[S], said: Reader) -> None:
        name, prepared = said.string(), talk.prepared_as(said.string())
        parameters = parameters_of(prepared, said)
        formats = tuple(said.int16() for _ in range(said.int16()))
        said.end()
        await self._portals.put(name, Portal(prepared.statement, parameters, formats, prepared.shape.columns))
        self._say(messages.BIND_COMPLETE)

    def _describe(self, talk: Talk[S], said: Reader) -> None:
        kind, name = said.take(1), said.string()
        if kind == b"S":
            shape = talk.prepared_as(name).shape
            self._say(messages.parameters(shape.parameters))
            self._say_columns(shape.columns, ())
        elif name not in self._portals:
            self._say_columns(talk.cursor_columns(name), ())  # to clients, a cursor is a portal
        else:
            portal = self._portals.get(name)
            self._say_columns(portal.columns, portal.formats)

    async def _execute(self, talk: Talk[S], said: Reader) -> None:
        portal, most = self._portals.get(said.string()), said.int32()
        said.end()
        if portal.statement is None:
            self._say(messages.EMPTY_QUERY)
            return
        with self._work:
            if portal.answer is None:
                portal.answer = await talk.execute(portal.statement, portal.parameters)
            await self._send_rows(portal, most if most > 0 else ALL)

    async def _close(self, talk: Talk[S], said: Reader) -> None:
        kind, name = said.take(1), said.string()
        if kind == b"S":
            talk.prepared.pop(name, None)
        else:
            await self._portals.drop(name)
        self._say(messages.CLOSE_COMPLETE)

    async def _send_rows(self, portal: Portal, most: int) -> None:
        """At most so many rows, and what the statement ends with once there are no more."""
        answer = portal.answer
        assert answer is not None
        for name, value in answer.reported:
            self._say(messages.parameter_status(REPORTED[name], value))
        if answer.rows is not None:
            try:
                sent = await self._send(answer, most)
            except BaseException:
                await portal.end()
                raise
            portal.sent += sent
            if sent == most:
                self._say(messages.PORTAL_SUSPENDED)
                return
            await portal.end()
        self._say(messages.command_complete(answer.tag.replace("%", str(portal.sent))))

    async def _send(self, answer: Answer, most: int) -> int:
        """How many rows were sent; no further one is begun once there are enough."""
        assert answer.rows is not None
        rows, lively, sent = answer.rows.rows, answer.rows.lively, 0
        while sent < most:
            try:
                row = await anext(rows)
            except StopAsyncIteration:
                break
            self._say(messages.data_row(row))
            sent += 1
            if lively:
                self._flush()
            await self._send_if_much()
        return sent

    # What is said

    def _say_columns(self, columns: tuple[Column, ...], formats: tuple[int, ...]) -> None:
        if len(formats) > 1 and len(formats) != len(columns):
            raise SqlError("08P01", "The formats of the columns do not fit their number.")
        self._say(messages.row_description(columns, formats) if columns else messages.NO_DATA)

    def _say(self, piece: bytes) -> None:
        self._out += piece

    def _flush(self) -> None:
        if self._out:
            self._channel.write(bytes(self._out))
            self._out.clear()

    async def _send_if_much(self) -> None:
        """As fast as the client takes it."""
        if len(self._out) > _SENT_AT_BYTES:
            self._flush()
        if not self._out:
            await self._channel.drain()


class _Work:
    """What runs in the block can be stopped: it ends in SqlError 57014 then, and its task goes on."""

    def __init__(self) -> None:
        self._task: asyncio.Task[object] | None = None
        self._wish = False

    def stop(self) -> None:
        if self._task is not None and not self._wish:
            self._wish = True
            self._task.cancel()

    def __enter__(self) -> None:
        self._task, self._wish = asyncio.current_task(), False

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        task, self._task = self._task, None
        if not self._wish or task is None:
            return
        if task.uncancel() == 0 and (error is None or isinstance(error, asyncio.CancelledError | Exception)):
            raise SqlError("57014", "The statement was cancelled because you asked for it.") from None
