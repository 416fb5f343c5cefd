"""Domains of an app's own: who has which, whether the DNS leads here, and whether the certificate is there."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Literal

import psutil
from sqlalchemy import Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Principal, Role
from nacre.core.store.store import Store
from nacre.gateway.certified import certificate
from nacre.gateway.domains import Board, checked, in_words
from nacre.gateway.site import Site
from nacre.publishing import tables
from nacre.publishing.apps import App, Apps

_MOST = 50
_AT_ONCE = 8

Dns = Literal["here", "elsewhere", "nowhere"]
Certificate = Literal["valid", "at-first-visit", "waits-for-dns"]
Resolve = Callable[[str], list[str]]
"""The addresses of a name, none when it has none."""


class Domain(Answer):
    """A domain of an app. `name` is as certificates have it, `shown` as people write it; `addresses` is what the DNS
    says; `next` what is still to be done, empty when visitors reach it."""

    app: str
    name: str
    shown: str
    url: str
    dns: Dns
    addresses: list[str]
    certificate: Certificate
    certified_until: datetime | None
    next: str
    added_by: str
    added_at: datetime


class RemovedDomain(Answer):
    app: str
    name: str


def resolved(name: str) -> list[str]:
    """As this machine's resolver tells it."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return sorted({str(one[4][0]).partition("%")[0] for one in found})


class Domains:
    """`site` is None where there is no gateway."""

    def __init__(self, store: Store, apps: Apps, site: Site | None, clock: Clock, resolve: Resolve = resolved) -> None:
        self._store = store
        self._apps = apps
        self._site = site
        self._clock = clock
        self._resolve = resolve

    def add(self, who: Principal, slug: str, text: str) -> Domain:
        """Lead a domain to the app. Adding it again changes nothing.

        Raises InvalidInput "bad-domain", Conflict "domain-taken", "too-many-domains" or "no-gateway".
        """
        app, site = self._apps.of(who, slug, Role.ADMIN), self._served()
        name = checked(text, site)
        owner = self._owner(name)
        if owner is None:
            self._insert(app, name, who)
        elif owner != app.id:
            raise _taken(name)
        Board(site.domains).put(name, app.slug)
        return next(one for one in self._of(app, site) if one.name == name)

    def all(self, who: Principal, slug: str) -> list[Domain]:
        app = self._apps.of(who, slug, Role.VIEWER)
        return [] if self._site is None else self._of(app, self._site)

    def remove(self, who: Principal, slug: str, text: str) -> RemovedDomain:
        """Requests for it lead nowhere from now on. Raises NotFound "domain-not-found"."""
        app, site = self._apps.of(who, slug, Role.ADMIN), self._served()
        name = checked(text, site)
        if self._owner(name) != app.id:
            raise NotFound(
                "domain-not-found",
                f"“{in_words(name)}” is no domain of {app.slug}.",
                hint=f"`nacre app domain list {app.slug}` shows them.",
            )
        Board(site.domains).remove(name)
        with self._store.write() as connection:
            connection.execute(delete(tables.domains).where(tables.domains.c.name == name))
        return RemovedDomain(app=app.slug, name=name)

    def leave(self, app: App) -> None:
        """The app is being deleted: its domains are free for others."""
        with self._store.write() as connection:
            gone = connection.execute(
                delete(tables.domains).where(tables.domains.c.app_id == app.id).returning(tables.domains.c.name)
            ).scalars()
            names = [*gone]
        for name in names if self._site else []:
            Board(self._served().domains).remove(name)

    def lay_out(self) -> None:
        """Let the gateway's folder say what the store says, whatever a crash has left there."""
        if self._site is None:
            return
        query = select(tables.domains.c.name, tables.apps.c.slug).join(tables.apps)
        with self._store.read() as connection:
            Board(self._site.domains).lay_out({row.name: row.slug for row in connection.execute(query)})

    def _served(self) -> Site:
        if self._site is None:
            raise Conflict(
                "no-gateway",
                "In mode slim a proxy of yours stands before Nacre, and domains lead to that.",
                hint="Let the proxy pass the domain on, or run Nacre in mode full.",
            )
        return self._site

    def _owner(self, name: str) -> int | None:
        with self._store.read() as connection:
            query = select(tables.domains.c.app_id).where(tables.domains.c.name == name)
            return connection.execute(query).scalar()

    def _insert(self, app: App, name: str, who: Principal) -> None:
        if len(self._rows(app)) >= _MOST:
            raise Conflict(
                "too-many-domains", f"{app.slug} has {_MOST} domains, and no app may have more.", hint="Remove one."
            )
        try:
            with self._store.write() as connection:
                connection.execute(
                    insert(tables.domains).values(
                        name=name, app_id=app.id, added_by=str(who), added_at=self._clock()
                    )
                )  # fmt: skip
        except IntegrityError:  # another call was faster
            raise _taken(name) from None

    def _rows(self, app: App) -> list[Row[Any]]:
        query = select(tables.domains).where(tables.domains.c.app_id == app.id).order_by(tables.domains.c.name)
        with self._store.read() as connection:
            return [*connection.execute(query)]

    def _of(self, app: App, site: Site) -> list[Domain]:
        rows, ours = self._rows(app), {*_own_addresses(), *(self._resolve(site.domain) if site.domain else ())}
        with ThreadPoolExecutor(_AT_ONCE, "dns") as pool:
            found = pool.map(self._resolve, [row.name for row in rows])
            return [_shown(app, row, addresses, ours, site) for row, addresses in zip(rows, found, strict=True)]


def _shown(app: App, row: Row[Any], addresses: list[str], ours: set[str], site: Site) -> Domain:
    dns: Dns = "nowhere" if not addresses else "here" if ours & {*addresses} else "elsewhere"
    found = certificate(site.state, row.name)
    until = found.until if found else None
    state: Certificate = "valid" if until else "at-first-visit"
    if site.is_public and dns != "here" and until is None:
        state = "waits-for-dns"
    return Domain(
        app=app.slug,
        name=row.name,
        shown=in_words(row.name),
        url=f"https://{row.name}{_port(site)}/",
        dns=dns,
        addresses=addresses,
        certificate=state,
        certified_until=until,
        next=_next(row.name, dns, site),
        added_by=row.added_by,
        added_at=row.added_at,
    )


def _next(name: str, dns: Dns, site: Site) -> str:
    if dns == "here":
        return ""
    target = f"CNAME {site.domain}" if site.domain else "A, with this machine's address"
    record = f"Give “{name}” a record in the DNS: {target}."
    if dns == "nowhere":
        return record
    return f"The DNS leads elsewhere. {record} If a router or a proxy there passes everything on to here, all is well."


def _port(site: Site) -> str:
    """By port it is the one of people's content; with a domain there is only one."""
    port = site.port if site.domain else site.content_port
    return "" if port == 443 else f":{port}"


def _own_addresses() -> set[str]:
    families = (socket.AF_INET, socket.AF_INET6)
    found = [one.address for many in psutil.net_if_addrs().values() for one in many if one.family in families]
    return {address.partition("%")[0] for address in found}


def _taken(name: str) -> Conflict:
    return Conflict(
        "domain-taken",
        f"“{in_words(name)}” already belongs to another app of this Nacre, and a domain belongs to one.",
        hint="Remove it there first: `nacre app domain remove APP NAME`.",
    )
