"""Wires a machine that has no daemon and runs apps: those that the Nacre that it joined has it run."""

import asyncio
import contextlib
import fcntl
import signal
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import structlog
import uvicorn

from nacre import __version__
from nacre.core.clock import system_clock
from nacre.core.errors import Conflict, Unavailable
from nacre.core.events import EventBus
from nacre.core.secrets import SecretBox
from nacre.core.settings import Settings
from nacre.core.store.store import Store
from nacre.engines.oci.client import Remote
from nacre.engines.processes.child import Child
from nacre.engines.processes.supervisor import Supervisor
from nacre.engines.processes.users import service_account
from nacre.engines.sandbox.drivers import named
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.proof import Targets, prove
from nacre.engines.wires.authority import own_key
from nacre.monitoring.afar.giving import Giving, of_instance
from nacre.monitoring.logs.caps import Caps
from nacre.monitoring.logs.changes import Changes
from nacre.monitoring.logs.planning import Planning
from nacre.monitoring.logs.service import Told, following
from nacre.monitoring.logs.source import Source
from nacre.nodes.messages import Join, Joined
from nacre.nodes.remote import RemoteQueue, trusting
from nacre.runtime.afar.agent import Agent
from nacre.runtime.afar.doors import Doors
from nacre.runtime.afar.images import NodeImages
from nacre.runtime.afar.served import agent_app
from nacre.runtime.afar.wires import Wire, give, make_folder
from nacre.runtime.book import Book
from nacre.runtime.instance import KEY
from nacre.runtime.lodging import Lodging
from nacre.runtime.logs import Logs
from nacre.runtime.runtime import Runtime
from nacre.wiring.runner import Joined as At

_ASK_AGAIN_S = 2.0
_log = structlog.get_logger()


@dataclass(frozen=True)
class Listening:
    """Where the port of the node is, and `address` where the control plane finds it: HOST:PORT."""

    host: str
    port: int
    address: str


async def run_node(at: At, settings: Settings, listening: Listening, greeted: Callable[[Joined], None]) -> None:
    """Run apps in the home of `settings` until told to end, then end them.

    Raises Conflict "folder-taken" and what the control plane refuses this node with.
    """
    _make_folders(settings)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with _taken(settings.home):
        joined = await _joined(at, settings, listening, stop)
        if joined is not None:
            await _run(at, settings, listening, stop, lambda: greeted(joined))


async def _joined(at: At, settings: Settings, listening: Listening, stop: asyncio.Event) -> Joined | None:
    """What this node proves itself by; while nobody answers, what it was told before will do."""
    account = service_account(settings.user)
    folder = make_folder(settings.home / "run" / "wires", account)
    queue = RemoteQueue(at.url, at.token, at.cacert)
    known = folder.certificate.read_text() if folder.certificate.exists() else ""
    asked = Join(
        public_key=own_key(folder.key), address=listening.address, certificate=known, version=__version__
    )  # fmt: skip
    give(folder.key, account)
    try:
        while not stop.is_set():
            try:
                joined = await asyncio.to_thread(queue.join, asked)
            except Unavailable as error:
                _log.warning("not joined yet", why=error.message)
                if known:
                    return Joined(node="", certificate=known, authority=folder.authority.read_text())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _ASK_AGAIN_S)
                continue
            if joined.certificate != known:
                Wire.lay(folder, account, joined.authority, joined.certificate)
            return joined
        return None
    finally:
        queue.close()


async def _run(
    at: At, settings: Settings, listening: Listening, stop: asyncio.Event, greeted: Callable[[], None]
) -> None:
    home, account, loop = settings.home, service_account(settings.user), asyncio.get_running_loop()
    store, supervisor, bus = Store(home / "data.db"), Supervisor(), EventBus(system_clock)
    book = Book(store, SecretBox(home / "secret.key"), system_clock)
    images = NodeImages(home / "images", partial(_registry, at), book.digests)
    lodging = Lodging(home / "run" / "apps", home / "apps", images, account)
    wire = Wire("far", make_folder(home / "run" / "wires", account), account, settings.logs / "wires.log")
    address = home / "run" / "agent.sock"
    doors = Doors(home / "run" / "switchboard", wire.folder, book, lodging, address, listening.host, listening.port)
    driver = named(settings.isolation)
    proof = partial(prove, driver, account, Targets.of(settings))
    runtime = Runtime(book, lodging, doors, driver, proof, supervisor, bus, loop, Logs(settings.logs / "apps"))
    agent = Agent(runtime, book, doors, home / "fence", home)
    logs = _kept_logs(settings, store, book)
    try:
        await asyncio.to_thread(images.sweep)
        await asyncio.to_thread(runtime.resume)
        await asyncio.to_thread(doors.lay)
        listener = _listen(address)
        give(address, account)
        await supervisor.start(wire.child)
        logs.changes.start()
        supervisor.keep(logs.follower)
        app = agent_app(agent, runtime, logs.giving.answer)
        server = _Server(uvicorn.Config(app, log_config=None, lifespan="off", loop="none"))
        serving = asyncio.create_task(server.serve([listener]))
        greeted()
        await stop.wait()
        server.should_exit = True
        await serving
        await asyncio.to_thread(runtime.close)
    finally:
        await asyncio.to_thread(logs.changes.close)
        await supervisor.stop_all()
        store.close()


@dataclass(frozen=True)
class _Logs:
    """What apps write here, kept until the control plane has it: followed as there, and given to it when it asks."""

    changes: Changes
    follower: Child
    giving: Giving


def _kept_logs(settings: Settings, store: Store, book: Book) -> _Logs:
    plan, shelves = settings.home / "run" / "logs" / "plan.json", settings.logs / "shelves"
    apps = settings.home / "run" / "apps"

    def sources() -> list[Source]:
        found = [(one.number, one.app, Layout(apps / one.app / str(one.number)).log(KEY)) for one in book.numbers()]
        return [of_instance(*each) for each in found]

    caps = Caps(settings.log_source_mb << 20, settings.log_days, int(settings.log_total_gb * 1_000_000_000))
    told = Told(plan=plan, shelves=shelves, caps=caps)
    follower = following(told, settings.logs / "logs.log", plan.with_name("follower.json"), settings.home)
    changes = Changes(lambda: store.version, {"plan": Planning(plan, sources).look})
    return _Logs(changes, follower, Giving(shelves, plan))


def _registry(at: At, repository: str) -> Remote:
    return Remote(at.url, repository, ("node", at.token), {}, trusting(at.cacert))


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """They are ours to handle."""
        yield


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(64)
    return listener


def own_address(url: str, port: int) -> str:
    """The address of this machine on the way to there, as HOST:PORT."""
    parts = urlsplit(url)
    host, to = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((host, to), timeout=5) as probe:
            own = str(probe.getsockname()[0])
    except OSError:
        own = socket.gethostname()
    return f"[{own}]:{port}" if ":" in own else f"{own}:{port}"


def _make_folders(settings: Settings) -> None:
    """Apps run as another user where this one is root: they must be able to pass through, not to look around."""
    for folder in (settings.home, settings.home / "run"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
    settings.logs.mkdir(mode=0o700, exist_ok=True)
    (settings.home / "engines").mkdir(mode=0o755, exist_ok=True)
    (settings.home / "data.db").touch(mode=0o600)  # SQLite gives its WAL the mode of the database


@contextmanager
def _taken(home: Path) -> Iterator[None]:
    with (home / "run" / "node.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                "folder-taken", f"Another node runs apps in {home}.", hint="Choose another folder by --folder."
            ) from None
        yield
