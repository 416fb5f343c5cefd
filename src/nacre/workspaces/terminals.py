"""Terminals of a workspace: named, there as long as it runs, seen by any number of clients at once."""

import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nacre.core.errors import Conflict, NotFound
from nacre.core.names import Ref, check_slug
from nacre.engines.sandbox.inside import Inside, Process
from nacre.workspaces.following import Followed, following
from nacre.workspaces.workspaces import Workspaces

PREFIX = "terminal-"
COLS, ROWS = 80, 24
_ENVIRONMENT = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


class Terminals:
    """Coroutines belong to the daemon's loop."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces
        self._shell = shutil.which("bash", path="/usr/bin:/bin") or "/bin/sh"

    async def open(self, person: str, ref: Ref, name: str, cols: int, rows: int) -> Process:
        """The terminal of that name; a shell on a new one if there is none, or if the last one's has ended."""
        key = PREFIX + check_slug(name, "terminal")
        inside = await self._workspaces.inside(person, ref)
        present = await _find(inside, key)
        if present is not None and present.exit_code is None:
            return present
        try:
            return await inside.start([self._shell], key=key, env=_ENVIRONMENT, size=(cols, rows))
        except Conflict:  # somebody was quicker
            return await self._require(inside, key)

    async def all(self, person: str, ref: Ref) -> list[Process]:
        """The terminals of a workspace, none when it does not run."""
        inside = await self._workspaces.running(person, ref)
        return [] if inside is None else [one for one in await inside.processes() if one.key.startswith(PREFIX)]

    async def close(self, person: str, ref: Ref, name: str) -> Process:
        """Hang up: the shell and what it runs end as if the line was cut. Raises NotFound "terminal-not-found"."""
        key = PREFIX + check_slug(name, "terminal")
        inside = await self._workspaces.running(person, ref)
        process = await self._require(inside, key)
        assert inside is not None
        await inside.signal(key, signal.SIGHUP)
        return process

    @asynccontextmanager
    async def attached(self, person: str, ref: Ref, name: str, after: int | None) -> AsyncIterator[Followed]:
        """Follow an open terminal and write to it; the workspace is in use for as long. Raises NotFound."""
        inside = await self._workspaces.running(person, ref)
        await self._require(inside, PREFIX + name)
        assert inside is not None
        with self._workspaces.using(person, ref):
            async with following(inside, PREFIX + name, after) as followed:
                yield followed

    async def _require(self, inside: Inside | None, key: str) -> Process:
        found = None if inside is None else await _find(inside, key)
        if found is None:
            raise NotFound(
                "terminal-not-found",
                f"There is no terminal “{key.removeprefix(PREFIX)}” in this workspace.",
                hint="Terminals last as long as their workspace runs; opening one makes it.",
            )
        return found


async def _find(inside: Inside, key: str) -> Process | None:
    return next((one for one in await inside.processes() if one.key == key), None)
