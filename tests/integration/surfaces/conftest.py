"""A small real daemon: the real store, tokens, audit, dispatcher and servers, with a few operations of its own."""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import pytest
from pydantic import Field
from tests.ports import free_port

import nacre.accounts.operations  # noqa: F401  (declares the operations on tokens)
from nacre.accounts.sessions import Sessions
from nacre.accounts.tokens import Tokens
from nacre.core.audit import Audit
from nacre.core.clock import system_clock
from nacre.core.dispatch import Dispatcher
from nacre.core.errors import Conflict
from nacre.core.events import EventBus
from nacre.core.names import Ref
from nacre.core.operations import Answer, Body, Call, Cli, Effect, Header, Operation, Registry, Stream, registry
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.progress import report, say, unheard
from nacre.core.settings import Settings
from nacre.core.store.store import Store
from nacre.jobs.jobs import Jobs
from nacre.monitoring.traffic import Traffic
from nacre.surfaces.client import Client, over_http, over_socket
from nacre.surfaces.http.serve import serve
from nacre.surfaces.verbs import Verb, describe

S = TypeVar("S")


class Paint(Call):
    ref: Annotated[Ref, Cli(positional=True)]
    colour: Literal["red", "blue"] = "red"
    coats: int = Field(1, ge=1, le=100)
    places: list[str] = Field(default=[])
    fast: bool = False
    note: Annotated[str | None, Cli(short="-m")] = None


class Painted(Answer):
    ref: Ref
    colour: str
    coats: int
    places: list[str]
    fast: bool
    note: str | None
    who: str


class Look(Call):
    ref: Annotated[Ref, Cli(positional=True)]
    places: list[str] = Field(default=[])
    fast: bool = False


class Hang(Call):
    ref: Annotated[Ref, Cli(positional=True)]
    picture: Annotated[bytes, Body()]
    title: str = ""


class View(Call):
    ref: Annotated[Ref, Cli(positional=True)]
    range: Annotated[str | None, Header("range")] = None


@dataclass
class Shed:
    """The service behind the test's operations. A wait ends when the test sets `go_on`."""

    go_on: threading.Event = field(default_factory=threading.Event)
    painted: list[str] = field(default_factory=list)
    picture: bytes = b""
    left_alone: threading.Event = field(default_factory=threading.Event)


def paint(shed: Shed, who: Principal, call: Paint) -> Painted:
    for coat in range(call.coats):
        report("painting", done=coat + 1, total=call.coats)
    shed.painted.append(str(call.ref))
    return Painted(**call.model_dump(), who=str(who))


def paint_slowly(shed: Shed, who: Principal, call: Paint) -> Painted:
    report("waiting")
    assert shed.go_on.wait(20)
    return paint(shed, who, call)


def look(shed: Shed, who: Principal, call: Look) -> Painted:
    return Painted(**call.model_dump(), colour="red", coats=1, note=None, who=str(who))


def hang(shed: Shed, who: Principal, call: Hang) -> Painted:
    shed.picture = call.picture
    return Painted(ref=call.ref, colour="red", coats=1, places=[], fast=False, note=call.title, who=str(who))


def view(shed: Shed, who: Principal, call: View) -> Stream:
    start = int(call.range.removeprefix("bytes=").rstrip("-")) if call.range else 0
    part = shed.picture[start:]
    chunks = (part[at : at + 1000] for at in range(0, len(part), 1000))
    return Stream.of(chunks, "bild “1”.png", size_bytes=len(part), start=start, total_bytes=len(shed.picture))


def talk(shed: Shed, who: Principal, call: Look) -> Painted:
    say(b"hello \xff\n")
    say(b"oh\n", "stderr")
    return look(shed, who, call)


def talk_on(shed: Shed, who: Principal, call: Look) -> Painted:
    while not unheard():
        say(b"and on " * 1000)
    shed.left_alone.set()
    return look(shed, who, call)


def refuse(shed: Shed, who: Principal, call: Paint) -> Painted:
    raise Conflict("wet-paint", "The paint is still wet.", hint="Wait.")


def crash(shed: Shed, who: Principal, call: Paint) -> Painted:
    raise ZeroDivisionError("oops")


def _operation(
    name: str, route: str, handler: Callable[..., Any], input_: type[Call] = Paint, **more: Any
) -> Operation:
    method, path = route.split(" ")
    facts: dict[str, Any] = {
        "role": Role.USER,
        "effect": Effect.WRITE,
        "verb": tuple(name.split(".")),
        "description": "",
        "summary": f"Do {name}.",
        "output": Painted,
    } | more
    return Operation(name=name, method=method, path=path, input=input_, service=Shed, handler=handler, **facts)


def small_registry() -> Registry:
    """The real operations on tokens and a few that wait, fail and report on demand."""
    tokens = {name: operation for name, operation in registry.operations.items() if name.startswith("token.")}
    base = "/api/sheds/{ref}"
    own = (
        _operation("shed.paint", f"POST {base}/paint", paint, long=True, first_class=True),
        _operation("shed.slowly", f"POST {base}/slowly", paint_slowly, long=True),
        _operation("shed.look", f"GET {base}", look, Look, effect=Effect.READ, role=Role.VIEWER, first_class=True),
        _operation("shed.refuse", f"POST {base}/refuse", refuse, effect=Effect.DESTRUCTIVE, long=True),
        _operation("shed.crash", f"POST {base}/crash", crash),
        _operation("shed.drop", f"DELETE {base}", look, Look, effect=Effect.DESTRUCTIVE),
        _operation("shed.hang", f"PUT {base}/picture", hang, Hang),
        _operation("shed.view", f"GET {base}/picture", view, View, effect=Effect.READ, output=Stream),
        _operation("shed.talk", f"POST {base}/talk", talk, Look, long=True, speaks=True),
        _operation("shed.talk-on", f"POST {base}/talk-on", talk_on, Look, long=True, speaks=True),
    )
    return Registry(tokens | {operation.name: operation for operation in own})


class SmallDaemon:
    """Meets what the HTTP surface asks of a daemon; runs in a thread of the test."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.shed = Shed()
        self.bus = EventBus(system_clock)
        self.registry = small_registry()

    async def start(self) -> None:
        store = Store(self.settings.home / "data.db")
        self.tokens = Tokens(store, system_clock)
        self.audit = Audit(store, system_clock)
        self._services: dict[type, Any] = {
            Traffic: Traffic(),
            Tokens: self.tokens,
            Shed: self.shed,
            Sessions: Sessions(store, system_clock),
            Jobs: Jobs(store, system_clock),
        }
        self.dispatcher = Dispatcher(self.registry, self._services, self.audit, self.bus)

    async def close(self) -> None:
        self.closed = True

    def service(self, kind: type[S]) -> S:
        service = self._services[kind]
        assert isinstance(service, kind)
        return service

    def authenticate(self, token: str) -> Principal | None:
        return self.tokens.authenticate(token)

    def token(self, role: Role, projects: list[str] | None = None, kind: Kind = Kind.AGENT) -> str:
        return self.tokens.create("test", kind, role, projects, None, OWNER)[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def by_socket(self) -> Client:
        return over_socket(self.settings.socket)

    def by_token(self, token: str) -> Client:
        return over_http(self.url, token)

    def verb(self, name: str) -> Verb:
        return describe(self.registry.get(name))


@pytest.fixture
def home() -> Iterator[Path]:
    # Not tmp_path: a socket's path may have no more than 107 bytes.
    path = Path(tempfile.mkdtemp(prefix="nacre-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, port=free_port(), mode="slim", console=False)


@pytest.fixture
def daemon(settings: Settings) -> Iterator[SmallDaemon]:
    daemon = SmallDaemon(settings)
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(daemon, settings, ready.set, stop),))
    thread.start()
    assert ready.wait(10)
    yield daemon
    daemon.shed.go_on.set()
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)
    assert not thread.is_alive()
    loop.close()
