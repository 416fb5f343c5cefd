"""What the processes of a workspace have written: read once, or followed for as long as somebody listens."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from nacre.core.errors import NotFound, Unavailable
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.progress import say, unheard
from nacre.engines.sandbox.inside import Inside, Output
from nacre.workspaces.execution import PREFIX as EXECUTED
from nacre.workspaces.following import following
from nacre.workspaces.lodging import Lodging
from nacre.workspaces.pulling import pulled
from nacre.workspaces.terminals import PREFIX as TERMINAL
from nacre.workspaces.workspaces import Workspaces

_LOOK_EVERY_S = 0.5
_QUEUED = 64

Said = tuple[str, Output]
"""A process, and a piece of what it said."""


class ProcessLog(Answer):
    """The end of what one process wrote; `cut` tells that there was more."""

    process: str
    text: str
    cut: bool


class Logs:
    """Called from worker threads. Terminals are not read here: they are attached to."""

    def __init__(self, workspaces: Workspaces, lodging: Lodging, loop: asyncio.AbstractEventLoop) -> None:
        self._workspaces = workspaces
        self._lodging = lodging
        self._loop = loop

    def read(self, person: str, ref: Ref, process: str | None, tail_bytes: int) -> list[ProcessLog]:
        """The logs of one process or of all, also of a workspace that is stopped. Raises NotFound."""
        folder = self._folder(person, ref)
        found = [path for path in sorted(folder.glob("*.log")) if is_read(path.stem)]
        if process is not None:
            found = [path for path in found if path.stem == process]
            if not found:
                raise NotFound(
                    "process-not-found",
                    f"No process “{process}” has written anything on {ref}.",
                    hint=f"`nacre workspace status {ref}` shows what runs.",
                )
        return [_tail(path, tail_bytes) for path in found]

    def follow(self, person: str, ref: Ref, process: str | None, tail_bytes: int) -> None:
        """Pass on what is written (progress.say) until the caller goes or, of one process or of the workspace, its end.

        Of several processes a piece that is not of the same one as the last comes under a line with its name.
        """
        inside = self._workspaces.on_loop(self._workspaces.running(person, ref))
        if inside is None:
            for log in self.read(person, ref, process, tail_bytes):
                say(log.text.encode() if process else f"==> {log.process} <==\n{log.text}".encode())
            return
        last = process
        context = _pieces(inside, process, tail_bytes)
        pieces = self._workspaces.on_loop(context.__aenter__())
        try:
            for piece in pulled(pieces, self._loop, _LOOK_EVERY_S):
                if piece is not None:
                    said, output = piece
                    say(output.data if said == last else f"==> {said} <==\n".encode() + output.data, output.stream)
                    last = said
                if unheard():
                    return
        finally:
            self._workspaces.on_loop(context.__aexit__(None, None, None))

    def _folder(self, person: str, ref: Ref) -> Path:
        workspace = self._workspaces.find(person, ref)
        if workspace is None:
            raise NotFound("workspace-not-found", f"{person} has no workspace on {ref}.", hint="Using one makes it.")
        return self._lodging.folder(workspace) / "log"


@asynccontextmanager
async def _pieces(inside: Inside, process: str | None, tail_bytes: int) -> AsyncIterator[AsyncIterator[Said]]:
    """What one process says, or all of them, those that come later included."""
    queue: asyncio.Queue[Said | None] = asyncio.Queue(_QUEUED)
    work = _one(inside, process, tail_bytes, queue) if process else _all(inside, tail_bytes, queue)
    task = asyncio.create_task(work)
    task.add_done_callback(lambda _: None if queue.full() else queue.put_nowait(None))
    try:
        yield _until_done(queue, task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _until_done(queue: "asyncio.Queue[Said | None]", task: "asyncio.Task[None]") -> AsyncIterator[Said]:
    while not (task.done() and queue.empty()):
        piece = await queue.get()
        if piece is not None:
            yield piece
    with suppress(asyncio.CancelledError):
        task.result()


async def _one(inside: Inside, process: str, tail_bytes: int, queue: "asyncio.Queue[Said | None]") -> None:
    with suppress(Unavailable):  # the workspace was stopped
        async with following(inside, process, None, back_bytes=tail_bytes) as followed:
            async for output in followed.pieces:
                await queue.put((process, output))


async def _all(inside: Inside, tail_bytes: int, queue: "asyncio.Queue[Said | None]") -> None:
    followed: set[tuple[str, int]] = set()
    with suppress(Unavailable):
        async with asyncio.TaskGroup() as group:
            while await inside.alive():
                for one in await inside.processes():
                    if is_read(one.key) and (one.key, one.pid) not in followed:
                        followed.add((one.key, one.pid))
                        group.create_task(_one_of_many(inside, one.key, tail_bytes, queue))
                await asyncio.sleep(_LOOK_EVERY_S)


async def _one_of_many(inside: Inside, process: str, tail_bytes: int, queue: "asyncio.Queue[Said | None]") -> None:
    with suppress(NotFound):  # it was forgotten just now
        await _one(inside, process, tail_bytes, queue)


def is_read(process: str) -> bool:
    """Whether a process has a log to show: a terminal is attached to, a command's output went to who ran it."""
    return not process.startswith((TERMINAL, EXECUTED))


def _tail(path: Path, size: int) -> ProcessLog:
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - size))
        return ProcessLog(process=path.stem, text=file.read().decode(errors="replace"), cut=end > size)
