"""Tells the gateway what answers at the addresses of previews and of people's tools, and wakes it when it sleeps."""

import asyncio
from collections.abc import Sequence

from nacre.addons.catalogue import AddOn
from nacre.addons.tools import Tools, at_path
from nacre.branches.catalog import Catalog
from nacre.core.errors import NacreError, NotFound
from nacre.core.names import Ref
from nacre.core.principals import Principal, Role
from nacre.gateway import targets
from nacre.gateway.pages import Kind, Language, page
from nacre.gateway.reach import Page, Upstream
from nacre.gateway.targets import Target
from nacre.previews.previews import Previews
from nacre.previews.running import Server
from nacre.previews.status import State

_WAIT_S = 8.0
_STATUS: dict[Kind, int] = {
    "starting": 503, "crashed": 502, "refused": 502, "lacking": 502, "no-access": 403, "nothing": 404,
}  # fmt: skip


class Reaching:
    """The gateway's Reach."""

    def __init__(self, catalog: Catalog, previews: Previews, tools: Tools) -> None:
        self._catalog = catalog
        self._previews = previews
        self._tools = tools

    async def find(self, target: Target, who: Principal, language: Language) -> Upstream | Page:
        match target:
            case targets.Running(person, base):
                ref = await self._previews.current(person)
                if person != who.person and (ref is None or who.role_in(ref.project) is None):
                    return _page("no-access", language)  # nor whether they run anything
                return await self._preview(ref, who, base, language)
            case targets.Preview(refs, base):
                entered = [ref for ref in refs if who.role_in(ref.project) is not None]
                if not entered:
                    return _page("no-access", language)  # nor whether there is such a project
                ref = entered[0] if len(entered) == 1 else await asyncio.to_thread(self._existing, entered)
                return await self._preview(ref, who, base, language)
            case targets.SignedInAddOn(name, base):
                addon = at_path(name)
                ref = self._tools.chosen(addon.name, who.person, await self._previews.current(who.person))
                return await self._tool(addon, ref, who, base, language)

    async def _preview(self, ref: Ref | None, who: Principal, base: str, language: Language) -> Upstream | Page:
        """Those who may only look see what others run; everybody else runs it by looking."""
        if ref is None:
            return _page("nothing", language)
        role = who.role_in(ref.project)
        if role is None:
            return _page("no-access", language)
        try:
            server = await self._previews.reach(ref, who.person if role >= Role.USER else None, _WAIT_S)
        except NotFound:
            return _page("nothing", language)
        except NacreError as error:
            return _page("refused", language, _words(error))
        if server.state is State.RUNNING:
            return self._upstream(server, base)
        if server.state is State.REFUSED and server.trouble is not None:
            return _page("refused", language, _words(server.trouble))
        kind: Kind = _SHOWN[server.state]
        return _page(kind, language, "" if kind == "nothing" else await self._previews.last_words(server))

    async def _tool(
        self, addon: AddOn, ref: Ref | None, who: Principal, base: str, language: Language
    ) -> Upstream | Page:
        """In one's own workspace, on the branch that one works on."""
        assert addon.serves is not None
        if ref is None:
            return _page("nothing", language)
        if (who.role_in(ref.project) or Role.VIEWER) < Role.USER:
            return _page("no-access", language)
        try:
            socket = await self._tools.reach(addon.name, who.person, ref, _WAIT_S)
        except TimeoutError:
            return _page("starting", language)
        except NacreError as error:
            return _page("lacking", language, _words(error))
        return Upstream(socket, base if addon.serves.strip else "")

    def _upstream(self, server: Server, base: str) -> Upstream:
        """A server that was told a base path sees it, by whichever address it is asked; one that was not never does."""
        assert server.socket is not None and server.record is not None
        told = server.record.base.rstrip("/")
        if base == told:
            return Upstream(server.socket, base if server.record.strip else "")
        canonical = self._previews.canonical(server.branch.ref)
        return Upstream(server.socket, base, "" if server.record.strip else told, canonical)

    def _existing(self, refs: Sequence[Ref]) -> Ref | None:
        """The first of those that a name may stand for which there is."""
        for ref in refs:
            try:
                return self._catalog.branch(ref).ref
            except NotFound:
                continue
        return None


_SHOWN: dict[State, Kind] = {
    State.STOPPED: "nothing",
    State.STARTING: "starting",
    State.CRASHED: "crashed",
    State.REFUSED: "refused",
    State.RUNNING: "starting",
}


def _page(kind: Kind, language: Language, log: str = "") -> Page:
    return Page(_STATUS[kind], page(kind, language, log))


def _words(error: NacreError) -> str:
    return f"{error.message}\n{error.hint}".strip()
