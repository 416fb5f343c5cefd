"""Runs one command in a workspace to its end, for a caller who listens."""

import asyncio
import secrets
import signal
import time
from contextlib import suppress

from nacre.core.errors import Failed, InvalidInput, NacreError
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.progress import ending, say, unheard
from nacre.engines.sandbox.inside import Inside
from nacre.workspaces.following import following
from nacre.workspaces.pulling import pulled
from nacre.workspaces.workspaces import Workspaces

PREFIX = "exec-"
_LOOK_UP_EVERY_S = 0.25
_GRACE_S = 5.0
_ANSWERED_BYTES = 64 << 10


class Executed(Answer):
    """How a command ended. `exit_code` is negative for death by a signal; `output` is the last of what it wrote, both
    streams together, and `cut` tells that there was more."""

    exit_code: int
    output: str
    cut: bool
    seconds: float


class Execution:
    """Called from worker threads."""

    def __init__(self, workspaces: Workspaces, loop: asyncio.AbstractEventLoop) -> None:
        self._workspaces = workspaces
        self._loop = loop

    def run(self, person: str, ref: Ref, argv: list[str], cwd: str | None, timeout_s: float | None) -> Executed:
        """Run `argv` and pass its output on as it comes; what it runs is ended when the caller goes or time is over.

        Raises InvalidInput "no-command" or "process-not-started", Failed "command-timed-out", and what starting the
        workspace raises.
        """
        if not argv:
            raise InvalidInput("no-command", "There is nothing to run.", hint="Write it after `--`.")
        began = time.monotonic()
        inside = self._workspaces.on_loop(self._workspaces.inside(person, ref))
        with self._workspaces.using(person, ref):
            key = PREFIX + secrets.token_hex(6)
            self._workspaces.on_loop(inside.start(argv, key=key, cwd=cwd))
            try:
                tail = _Tail()
                exit_code = self._attend(inside, key, tail, began, timeout_s)
            finally:
                self._workspaces.on_loop(_end(inside, key))
        return Executed(exit_code=exit_code, output=tail.text, cut=tail.cut, seconds=time.monotonic() - began)

    def _attend(self, inside: Inside, key: str, tail: "_Tail", began: float, timeout_s: float | None) -> int:
        watched = not unheard()  # a caller who asked for the answer alone cannot be seen to go
        context = following(inside, key, 0)
        followed = self._workspaces.on_loop(context.__aenter__())
        try:
            self._workspaces.on_loop(followed.attachment.end_input())
            for piece in pulled(followed.pieces, self._loop, _LOOK_UP_EVERY_S):
                if piece is not None:
                    tail.add(piece.data)
                    say(piece.data, piece.stream)
                if ending() or (watched and unheard()):
                    raise Failed("command-cancelled", "The command was stopped: nobody listens to it any more.")
                if timeout_s is not None and time.monotonic() - began > timeout_s:
                    raise Failed(
                        "command-timed-out", f"The command was stopped: it had not ended after {timeout_s:g} s."
                    )
        finally:
            self._workspaces.on_loop(context.__aexit__(None, None, None))
        assert followed.attachment.exit_code is not None
        return followed.attachment.exit_code


class _Tail:
    """The last of what was written."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self.cut = False

    def add(self, data: bytes) -> None:
        self._kept += data
        if len(self._kept) > _ANSWERED_BYTES:
            del self._kept[:-_ANSWERED_BYTES]
            self.cut = True

    @property
    def text(self) -> str:
        return self._kept.decode(errors="replace")


async def _end(inside: Inside, key: str) -> None:
    """Leave nothing running and nothing remembered: ask first, kill after a grace."""
    with suppress(NacreError):  # the workspace itself may have ended, and everything with it
        for signum, patience_s in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, _GRACE_S)):
            if await _has_ended(inside, key):
                break
            await inside.signal(key, signum)
            async with following(inside, key, None) as followed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(patience_s):
                        async for _ in followed.pieces:
                            pass
        await inside.forget(key)


async def _has_ended(inside: Inside, key: str) -> bool:
    return all(one.exit_code is not None for one in await inside.processes() if one.key == key)
