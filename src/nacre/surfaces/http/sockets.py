"""The WebSocket of a terminal: bytes both ways in binary frames, everything else as JSON in text frames.

From the client: {"type": "resize", "cols", "rows"}, {"type": "ping", "id"}. To the client: first {"type": "hello",
"run", "offset"}, where the bytes that follow begin; {"type": "offset", "offset"} where some are lost in between;
{"type": "pong", "id"}; {"type": "exit", "exit_code"} at the end of the shell. A client that counts bytes comes back
with `run` and `after`, and has missed nothing.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from nacre.core.errors import InvalidInput, NacreError, Unavailable
from nacre.core.names import Ref
from nacre.core.principals import Role
from nacre.surfaces.http.errors import refusal
from nacre.surfaces.http.running import Runner
from nacre.surfaces.http.served import Served
from nacre.surfaces.http.still import until_out
from nacre.workspaces.acting import acting_for
from nacre.workspaces.following import Followed
from nacre.workspaces.terminals import Terminals
from nacre.workspaces.views import TerminalShown

PATH = "/api/projects/{ref}/terminals/{name}/socket"
_STOPPED = 1012  # the daemon or the workspace goes; coming back is of use (RFC 6455 registry: service restart)
_GARBAGE = 1003
_OUT = 1008  # let in no more (policy violation)
_LARGEST_TEXT = 4096


class TerminalSocket:
    """Opening a terminal is the operation `terminal.open`: refused, audited and told of like any other."""

    def __init__(self, daemon: Served, runner: Runner, closing: asyncio.Event) -> None:
        self._daemon = daemon
        self._runner = runner
        self._closing = closing

    async def serve(self, socket: WebSocket) -> None:
        """Refuse, or carry the bytes until the shell, the client, the workspace or the daemon ends."""
        try:
            asked = dict(socket.query_params)
            run, after = asked.pop("run", ""), _offset(asked.pop("after", None))
            opened = await self._open(socket, asked)
        except NacreError as error:
            await socket.send_denial_response(refusal(error))
            return
        await socket.accept()
        try:
            await self._attend(socket, asked, after if opened.run == run else None, opened)
        except WebSocketDisconnect:
            return
        except Unavailable:
            await socket.close(_STOPPED, "the workspace was stopped")
        except InvalidInput as error:
            await socket.close(_GARBAGE, error.message)

    async def _open(self, socket: WebSocket, asked: Mapping[str, str]) -> TerminalShown:
        arguments = {**socket.path_params, **asked}
        answer = await self._runner.run(
            socket.scope["principal"],
            "terminal.open",
            arguments,
            surface="http",
            request_id=socket.scope["request_id"],
        )
        assert isinstance(answer, TerminalShown)
        return answer

    async def _attend(
        self, socket: WebSocket, asked: Mapping[str, str], after: int | None, opened: TerminalShown
    ) -> None:
        ref = Ref.parse(socket.path_params["ref"])
        person = acting_for(socket.scope["principal"], asked.get("person"), ref)
        terminals = self._daemon.service(Terminals)
        async with terminals.attached(person, ref, opened.name, after) as followed:
            await socket.send_json({"type": "hello", "run": opened.run, "offset": followed.start})
            tasks = [
                asyncio.create_task(work)
                for work in (
                    _show(socket, followed),
                    _listen(socket, followed),
                    self._closing.wait(),
                    until_out(socket.scope, lambda who: (who.role_in(ref.project) or 0) >= Role.USER),
                )
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            if self._closing.is_set():
                await socket.close(_STOPPED, "Nacre is stopping")
            elif tasks[-1] in done:
                await socket.close(_OUT, "signed out")


async def _show(socket: WebSocket, followed: Followed) -> None:
    """Pass on what is written. One who reads slowly holds up the reading here, and is told what was dropped."""
    reached = followed.start
    async for piece in followed.pieces:
        begins = piece.offset - len(piece.data)
        if begins > reached:
            await socket.send_json({"type": "offset", "offset": begins})
        await socket.send_bytes(piece.data)
        reached = piece.offset
    await socket.send_json({"type": "exit", "exit_code": followed.attachment.exit_code})
    await socket.close()


async def _listen(socket: WebSocket, followed: Followed) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        data = message.get("bytes")
        if data is not None:
            await followed.attachment.write(data)
            continue
        match _said(message["text"]):
            case {"type": "resize", "cols": int(cols), "rows": int(rows)} if 2 <= cols <= 1000 and 2 <= rows <= 1000:
                await followed.attachment.resize(cols, rows)
            case {"type": "ping", **more}:
                await socket.send_json({"type": "pong", "id": more.get("id")})
            case _:
                raise InvalidInput("bad-message", "A message is neither input, nor a resize, nor a ping.")


def _said(text: str) -> Any:
    try:
        return json.loads(text) if len(text) <= _LARGEST_TEXT else None
    except (ValueError, RecursionError):
        return None


def _offset(text: str | None) -> int | None:
    if text is None or text.isdecimal():
        return int(text) if text else None
    raise InvalidInput("bad-input", f"“after” must be an offset in bytes, not “{text}”.")
