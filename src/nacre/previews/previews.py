"""Previews of branches, as people ask for them. They run in the workspace of whoever asked first: members of a project
share a branch's files, and see the same preview of it."""

import asyncio
import re
from contextlib import suppress
from pathlib import Path

from nacre.branches.catalog import Branch, Catalog
from nacre.core.errors import NacreError, NotFound
from nacre.core.names import Ref
from nacre.previews.addresses import Addresses
from nacre.previews.running import KEY, Server, Servers
from nacre.previews.status import PlanShown, PreviewStatus, State
from nacre.workspaces.workspaces import Workspaces

_SHOWN_BYTES = 16 << 10
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


class Previews:
    """Coroutines belong to the daemon's loop; plain methods are for worker threads."""

    def __init__(self, catalog: Catalog, workspaces: Workspaces, servers: Servers, addresses: Addresses) -> None:
        self._catalog = catalog
        self._workspaces = workspaces
        self._servers = servers
        self._addresses = addresses
        self._current: dict[str, Ref] = {}

    def plan(self, ref: Ref) -> PlanShown:
        """How the branch would be run. Raises InvalidInput "bad-project-file", Conflict "nothing-to-preview"."""
        self._catalog.running(ref)
        found = self._servers.plan(ref)
        return PlanShown(
            ref=ref,
            framework=found.framework,
            run=found.line,
            folder=found.folder,
            env=dict(found.env),
            strip=found.strip,
            missing=found.missing,
            install=found.install,
            url=self._addresses.url(ref),
        )

    def start(self, person: str, ref: Ref) -> PreviewStatus:
        """Start it, if it does not run, and wait until it listens; from now on it is what the person runs.

        Raises Ended "server-ended", Failed "server-not-listening", Conflict "not-installed", what `plan` raises,
        and what starting a workspace raises.
        """
        self._workspaces.on_loop(self._start(person, ref))
        return self.status(ref)

    def stop(self, ref: Ref) -> PreviewStatus:
        """Stop it; the next request starts it again."""
        self._workspaces.on_loop(self._stop(ref))
        return self.status(ref)

    def restart(self, person: str, ref: Ref) -> PreviewStatus:
        """Stop it and start it, in the person's workspace. Raises as `start` does."""
        self.stop(ref)
        return self.start(person, ref)

    def status(self, ref: Ref) -> PreviewStatus:
        return self._status(self._workspaces.on_loop(self._servers.server(ref)))

    def all(self) -> list[PreviewStatus]:
        """Those that run, are being started, or failed."""
        return [self._status(server) for server in self._servers if server.state is not State.STOPPED]

    def runner(self, ref: Ref) -> str:
        """In whose workspace it runs, or ran last. Raises NotFound "preview-not-started"."""
        server = self._workspaces.on_loop(self._servers.server(ref))
        if server.record is None:
            raise NotFound(
                "preview-not-started", f"{ref} has not been previewed yet.", hint=f"`nacre preview start {ref}` does."
            )
        return server.record.person

    def leave(self, branch: Branch) -> None:
        """Forget a branch that is being removed, whose workspaces go too."""
        self._servers.forget(branch)
        self._current = {person: ref for person, ref in self._current.items() if ref != branch.ref}

    def resume(self) -> None:
        self._workspaces.on_loop(self._servers.resume())

    def close(self) -> None:
        self._workspaces.on_loop(self._servers.close())

    async def reach(self, ref: Ref, person: str | None, wait_s: float) -> Server:
        """The server of a branch, for a request: started, by `person`, if it does not run, and waited for.

        With person None it is shown as it is. Raises NotFound, Conflict "branch-not-ready".
        """
        if person is not None:
            self._current[person] = ref
        server = await self._servers.use(ref)
        if server is not None:
            return server
        server = await self._servers.server(ref)
        if person is not None and not await self._servers.would_fail_again(server):
            with suppress(TimeoutError, NacreError):
                async with asyncio.timeout(wait_s):
                    await asyncio.shield(self._servers.start(server, person))
        return server

    async def current(self, person: str) -> Ref | None:
        """What a person runs now: the preview they saw or started last, else the branch they worked on last."""
        if person in self._current:
            return self._current[person]
        known = [one for one in await asyncio.to_thread(self._workspaces.all) if one.person == person]
        return max(known, key=lambda one: one.changed_at).ref if known else None

    def canonical(self, ref: Ref) -> str:
        """See Addresses."""
        return self._addresses.canonical(ref)

    async def last_words(self, server: Server) -> str:
        """The end of its log, without the colours of terminals."""
        inside = await self._servers.inside(server)
        return "" if inside is None else await asyncio.to_thread(_tail, inside.log_path(KEY))

    async def _start(self, person: str, ref: Ref) -> None:
        self._current[person] = ref
        if await self._servers.use(ref) is None:
            await asyncio.shield(self._servers.start(await self._servers.server(ref), person))

    async def _stop(self, ref: Ref) -> None:
        await self._servers.stop(await self._servers.server(ref))

    def _status(self, server: Server) -> PreviewStatus:
        record = server.record
        runs = server.state in (State.RUNNING, State.STARTING)
        return PreviewStatus(
            ref=server.branch.ref,
            state=server.state,
            url=self._addresses.url(server.branch.ref),
            person=record.person if record else None,
            framework=record.framework if record else None,
            run=record.line if record else None,
            port=record.port if record and runs else None,
            started_at=record.started_at if record and runs else None,
            trouble=server.trouble.message if server.trouble else "",
            hint=server.trouble.hint if server.trouble else "",
        )


def _tail(path: Path) -> str:
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _SHOWN_BYTES))
        return _ESCAPES.sub("", file.read().decode(errors="replace")).replace("\r\n", "\n")
    return ""
