"""The real way in, accounts, store, dispatcher and HTTP servers, in a thread of the test; no databases behind it.

Operations of accounts do what they do. Of all others only whether a call gets as far as the operation can be asked:
it is then refused with “reached”, and nothing is done.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import httpx

from nacre.accounts.people import People
from nacre.accounts.tokens import Tokens
from nacre.branches.catalog import Catalog
from nacre.branches.guests import Guests
from nacre.core.clock import Clock
from nacre.core.dispatch import Dispatcher
from nacre.core.errors import Conflict
from nacre.core.events import EventBus
from nacre.core.names import Ref
from nacre.core.operations import Registry
from nacre.core.principals import Principal
from nacre.core.settings import Settings
from nacre.core.spools import Spools
from nacre.engines.processes.supervisor import Supervisor
from nacre.monitoring.traffic import Traffic
from nacre.surfaces.client import over_socket, request_of
from nacre.surfaces.http.serve import serve
from nacre.surfaces.registry import all_operations
from nacre.surfaces.verbs import describe
from nacre.wiring.accounts import wire_accounts
from nacre.wiring.ground import lay_ground
from nacre.wiring.jobs import wire_jobs

REACHED = "reached"
PASSWORD = "correct horse battery"
S = TypeVar("S")


class Door:
    """Meets what `serve` asks of a daemon. With `only_ask`, the operations of accounts are not run either."""

    def __init__(self, settings: Settings, clock: Clock, *, only_ask: bool) -> None:
        self.settings = settings
        self.bus = EventBus(clock)
        self._clock = clock
        real = () if only_ask else ("account.", "member.", "person.", "session.", "token.")
        self.registry = Registry(
            {
                operation.name: operation if operation.name.startswith(real) else replace(operation, handler=_reached)
                for operation in all_operations()
            }
        )

    async def start(self) -> None:
        supervisor = Supervisor()
        self.ground = lay_ground(self.settings, self._clock, self.bus, supervisor, asyncio.get_running_loop())
        self.catalog = Catalog(self.ground.store, self.ground.box, self._clock, 20_000)
        accounts, jobs = wire_accounts(self.ground, self.catalog), wire_jobs(self.ground, Guests())
        counted = {Spools: self.ground.spools, Traffic: Traffic()}
        self._services = {**accounts.part.services, **jobs.part.services, **counted}
        self.dispatcher = Dispatcher(self.registry, _Whatever(self._services), self.ground.audit, self.bus)

    async def close(self) -> None:
        self.ground.store.close()

    def authenticate(self, token: str) -> Principal | None:
        return self.service(Tokens).authenticate(token)

    def service(self, kind: type[S]) -> S:
        service = self._services[kind]
        assert isinstance(service, kind)
        return service

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def call(self, operation: str, **arguments: Any) -> Any:
        """As the owner, over the socket."""
        return over_socket(self.settings.socket).call(describe(self.registry.get(operation)), arguments)

    def make_project(self, name: str) -> None:
        self.catalog.add_branch(Ref(name), None)

    def make_person(self, name: str, role: str = "user", **projects: str) -> None:
        """With the password of them all, as if they had followed their invitation."""
        self.call("person.invite", name=name, role=role) if name not in self.names() else None
        with self.ground.store.write() as connection:
            connection.exec_driver_sql("UPDATE person SET password = ? WHERE name = ?", (self._hash, name))
        for project, own in projects.items():
            self.call("member.set", ref=project, name=name, role=own)

    def names(self) -> list[str]:
        return [person.name for person in self.service(People).all()]

    @property
    def _hash(self) -> str:
        if not hasattr(self, "_hashed"):
            self._hashed = self.service(People).hashed(PASSWORD)
        return self._hashed


class Browser:
    """Keeps cookies and the CSRF token, and says where its pages are from, as a browser does."""

    def __init__(self, url: str, **headers: str) -> None:
        self.client = httpx.Client(base_url=url, headers={"Origin": url, "User-Agent": "a browser"} | headers)
        self.csrf = ""

    def sign_in(self, person: str, password: str = PASSWORD) -> httpx.Response:
        return self._entered(self.client.post("/api/sign-in", json={"person": person, "password": password}))

    def follow(self, url: str, **chosen: str) -> httpx.Response:
        link = url.partition("#link=")[2]
        return self._entered(self.client.post("/api/sign-in/link", json={"link": link, **chosen}))

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"X-Nacre-CSRF": self.csrf} | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, **more)

    def call(self, door: Door, operation: str, **arguments: Any) -> httpx.Response:
        verb = describe(door.registry.get(operation))
        path, body = request_of(verb, arguments)
        return self.request(verb.method, path, content=body)

    def session(self) -> httpx.Response:
        return self.client.get("/api/session")

    def _entered(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf"]
        return answer


@contextmanager
def open_door(door: Door) -> Iterator[Door]:
    ready, stop, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(door, door.settings, ready.set, stop),))
    thread.start()
    try:
        assert ready.wait(20)
        yield door
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        assert not thread.is_alive()
        loop.close()


def code_of(answer: httpx.Response) -> str:
    """The error's code, or "" for an answer that is none."""
    return str(answer.json()["error"]["code"]) if answer.status_code >= 400 else ""


class _Whatever(dict[type, object]):
    """The services there are; for an operation that is only asked for, none is needed."""

    def __missing__(self, kind: type) -> object:
        return None


def _reached(_service: Any, _who: Principal, _call: Any) -> Any:
    raise Conflict(REACHED, "Whoever called may call this.")
