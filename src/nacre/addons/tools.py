"""Runs add-ons that have pages, each in the workspace of whoever asks, reachable through the gateway alone."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nacre.addons.catalogue import ALL, AddOn, Serves, find
from nacre.addons.commands import filled
from nacre.addons.shelf import Shelf
from nacre.branches.catalog import Branch, Catalog
from nacre.core.errors import Conflict, InvalidInput, NacreError
from nacre.core.names import Ref
from nacre.engines.sandbox.inside import Inside
from nacre.workspaces.serving import free_port, halt, is_connected, process, serve
from nacre.workspaces.workspaces import Workspaces

PREFIX = "addon-"
_PORTS = range(6170, 7000)
_LISTENS_WITHIN_S = 60.0
_BELIEVED_FOR_S = 1.0
_LOOK_EVERY_S = 10.0


@dataclass
class Tool:
    """One add-on in one workspace, as it was last seen to run: `socket` reaches it."""

    person: str
    ref: Ref
    socket: Path
    seen_s: float


class Tools:
    """Coroutines belong to the daemon's loop; plain methods are for worker threads, `chosen` is for both."""

    def __init__(self, catalog: Catalog, shelf: Shelf, workspaces: Workspaces) -> None:
        self._catalog = catalog
        self._shelf = shelf
        self._workspaces = workspaces
        self._tools: dict[tuple[str, str, Ref], Tool] = {}
        self._starting: dict[tuple[str, str, Ref], asyncio.Task[Path]] = {}
        self._chosen: dict[tuple[str, str], Ref] = {}
        self._watching: asyncio.Task[None] | None = None

    def start(self, name: str, person: str, ref: Ref) -> AddOn:
        """Start it in the person's workspace, and wait until it listens.

        Raises NotFound "branch-not-found" or "addon-not-found", InvalidInput "addon-has-no-pages", Conflict
        "addon-not-installed", and what starting it raises.
        """
        self._catalog.branch(ref)
        addon, _ = self._served(name)
        self._chosen[name, person] = ref
        self._workspaces.on_loop(self.reach(name, person, ref, _LISTENS_WITHIN_S))
        return addon

    def stop(self, name: str, person: str, ref: Ref) -> AddOn:
        """Stop it there, if it runs."""
        self._catalog.branch(ref)
        addon, _ = self._served(name)
        self._workspaces.on_loop(self._stop(addon, person, ref))
        return addon

    def leave(self, branch: Branch) -> None:
        """Forget a branch that is being removed, whose workspaces go too."""
        self._tools = {key: tool for key, tool in self._tools.items() if tool.ref != branch.ref}
        self._chosen = {key: ref for key, ref in self._chosen.items() if ref != branch.ref}

    def watch(self) -> None:
        """From now on, who has a tool open uses the workspace it runs in."""
        self._workspaces.on_loop(self._begin_watching())

    def close(self) -> None:
        self._workspaces.on_loop(self._stop_watching())

    def chosen(self, name: str, person: str, otherwise: Ref | None) -> Ref | None:
        """The branch that a person has the add-on open on: the one they started it on last, and else `otherwise`,
        which it keeps then whatever else they look at."""
        if otherwise is not None:
            self._chosen.setdefault((name, person), otherwise)
        return self._chosen.get((name, person))

    async def reach(self, name: str, person: str, ref: Ref, wait_s: float) -> Path:
        """The socket of the add-on in the person's workspace, started if it does not run; counts as a use of it.

        Raises as `start` does, and TimeoutError when it is still starting after `wait_s`; it goes on with that.
        """
        addon, _ = self._served(name)
        key = (addon.name, person, ref)
        inside = await self._workspaces.inside(person, ref)
        known = self._tools.get(key)
        if known is not None and await self._runs(known, addon, inside):
            return known.socket
        if key not in self._starting:
            task = self._starting[key] = asyncio.create_task(self._start(addon, inside, key))
            task.add_done_callback(lambda done: self._started(key, done))
        async with asyncio.timeout(wait_s):
            return await asyncio.shield(self._starting[key])

    async def _start(self, addon: AddOn, inside: Inside, key: tuple[str, str, Ref]) -> Path:
        _, serves = self._served(addon.name)
        port = await free_port(inside, _PORTS[0], _PORTS)
        node = str(self._shelf.place(find("node")))
        argv = filled(serves.argv, str(self._shelf.place(addon)), node, port, f"/{serves.path}")
        port = await serve(inside, PREFIX + addon.name, argv, serves.env, port, _LISTENS_WITHIN_S)
        socket = await inside.expose(port)
        self._tools[key] = Tool(key[1], key[2], socket, time.monotonic())
        return socket

    async def _stop(self, addon: AddOn, person: str, ref: Ref) -> None:
        inside = await self._workspaces.running(person, ref)
        if inside is not None:
            await halt(inside, PREFIX + addon.name)
        self._tools.pop((addon.name, person, ref), None)

    async def _begin_watching(self) -> None:
        self._watching = asyncio.create_task(self._watch())

    async def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        """A page of such a tool talks by a socket that stays open: there may be no request for hours."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            for tool in [*self._tools.values()]:
                with suppress(NacreError, OSError):
                    runs = await self._workspaces.running(tool.person, tool.ref) is not None
                    if runs and await asyncio.to_thread(is_connected, tool.socket):
                        await self._workspaces.inside(tool.person, tool.ref)

    async def _runs(self, tool: Tool, addon: AddOn, inside: Inside) -> bool:
        """A page of such a tool asks for hundreds of files: it is looked at now and then, not for each."""
        if time.monotonic() - tool.seen_s < _BELIEVED_FOR_S:
            return True
        with suppress(NacreError):
            found = await process(inside, PREFIX + addon.name)
            if found is not None and found.exit_code is None:
                tool.seen_s = time.monotonic()
                return True
        return False

    def _started(self, key: tuple[str, str, Ref], task: "asyncio.Task[Path]") -> None:
        self._starting.pop(key, None)
        if not task.cancelled():
            task.exception()  # whoever waited has it; a page that is asked for again starts it again

    def _served(self, name: str) -> tuple[AddOn, Serves]:
        addon = find(name)
        if addon.serves is None:
            raise InvalidInput(
                "addon-has-no-pages",
                f"{addon.title} has no pages to start.",
                hint=f"Run {' or '.join(addon.programs) or 'it'} in a terminal.",
            )
        if not self._shelf.has(addon):
            raise Conflict(
                "addon-not-installed",
                f"{addon.title} is not installed on this machine.",
                hint=f"`nacre addon install {addon.name}`, or one click in the console.",
            )
        return addon, addon.serves


def at_path(path: str) -> AddOn:
    """The add-on whose pages are at /`path`."""
    return next(one for one in ALL.values() if one.serves is not None and one.serves.path == path)
