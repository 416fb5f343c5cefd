"""What each socket of ours is for, told by who holds it and where it lies; None for what nothing here accounts for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nacre.core.names import Ref
from nacre.core.settings import Settings
from nacre.engines.processes.sockets import Listener
from nacre.gateway.site import Site
from nacre.system.exposure.listening import Meant, Reach

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Lodger:
    """Whose a sandbox is, in words (“ada's workspace”), and the branch that it works on."""

    what: str
    ref: str | None


@dataclass(frozen=True)
class Holder:
    """The process that holds a socket: whether it is the daemon or the gateway, and where it works."""

    pid: int
    cwd: Path | None
    is_daemon: bool = False
    is_gateway: bool = False


@dataclass(frozen=True)
class House:
    settings: Settings
    lodgers: Mapping[Path, Lodger]
    """By the sandbox's folder, or the one above it where somebody has several."""

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def site(self) -> Site:
        return Site.of(self.settings)

    @property
    def wide(self) -> Reach:
        """How far what is meant for visitors reaches."""
        return "machine" if self.settings.host in _LOOPBACK else "network"


def meaning(house: House, listener: Listener, holder: Holder | None) -> Meant | None:
    """What it is meant to be."""
    if listener.protocol == "unix":
        return _of_file(house, Path(listener.address), holder)
    if holder is None:
        return None
    if holder.is_gateway:
        return _of_gateway(house, listener)
    if holder.is_daemon and house.settings.mode == "slim" and listener.port == house.settings.port:
        return Meant("API and console", house.wide, "sign-in")
    if house.settings.llm_listen and listener.port == int(house.settings.llm_listen.rpartition(":")[2]):
        near = house.settings.llm_listen.rpartition(":")[0] in _LOOPBACK
        return Meant("models, for databases elsewhere", "machine" if near else "network", "password")
    ref = _branch_of(house.home, holder.cwd)
    return (
        None if ref is None or listener.protocol == "udp" else Meant(f"Postgres of {ref}", "machine", "password", ref)
    )


def meaning_inside(house: House, folder: Path, holds_warden: bool) -> Meant:
    """What listens inside a sandbox: nothing outside can connect to it, but for what is handed out by a socket."""
    lodger = lodger_of(house, folder)
    what = f"{lodger.what}: what leads out of the sandbox" if holds_warden else f"{lodger.what}: a program inside"
    return Meant(what, "sandbox", "nothing", lodger.ref)


def lodger_of(house: House, folder: Path) -> Lodger:
    known = house.lodgers.get(folder) or house.lodgers.get(folder.parent)
    if known is not None:
        return known
    return Lodger(f"sandbox {folder.relative_to(house.home / 'run')}", None)


def _of_gateway(house: House, listener: Listener) -> Meant | None:
    site = house.site
    if listener.port == site.port:
        what = "gateway: console, API, people's pages and apps" if site.domain else "gateway: console and API"
        return Meant(what, house.wide, "sign-in")
    if listener.port == site.content_port:
        if not site.domain:
            return Meant("gateway: people's pages after sign-in, and published apps", house.wide, "nothing")
        if listener.protocol == "tcp":
            return Meant("gateway: leads to TLS, and answers certificate authorities", house.wide, "nothing")
    return None


def _of_file(house: House, path: Path, holder: Holder | None) -> Meant | None:
    run = house.home / "run"
    if not path.is_relative_to(run):
        return None
    match path.relative_to(run).parts:
        case ["nacre.sock"]:
            return Meant("daemon: the owner's socket", "daemon", "ownership")
        case ["gateway.sock"]:
            return Meant("daemon: what the gateway passes on", "gateway", "sign-in")
        case ["authorise.sock"]:
            return Meant("daemon: what the gateway asks before it shows people's pages", "gateway", "gateway")
        case ["door", "api.sock"]:
            return Meant("daemon: the API for workspaces", "machine", "token")
        case ["pg", _, _]:
            ref = _branch_of(house.home, holder.cwd) if holder else None
            return Meant(f"Postgres of {ref}" if ref else "Postgres that looks at the past", "machine", "password", ref)
        case ["llm", ".s.PGSQL.5432"]:
            return Meant("models: where databases and Nacre itself call", "gateway", "ownership")
        case [*_, "warden.sock"]:
            lodger = lodger_of(house, path.parent)
            return Meant(f"{lodger.what}: how Nacre asks the sandbox", "daemon", "nothing", lodger.ref)
        case [*_, "ways", "proxy.sock"]:
            lodger = lodger_of(house, path.parent.parent)
            return Meant(f"{lodger.what}: the way to the hosts on its list", "machine", "nothing", lodger.ref)
        case ["apps", app, *_]:
            lodger = house.lodgers.get(run / "apps" / app, Lodger(f"app {app}", None))
            return Meant(f"{lodger.what}: published", "gateway", "nothing", lodger.ref)
        case [*_, "ports", name]:
            lodger = lodger_of(house, path.parent.parent)
            port = name.partition(".")[0]
            return Meant(f"{lodger.what}: port {port}, handed out", "gateway", "membership", lodger.ref)
    return None


def _branch_of(home: Path, cwd: Path | None) -> str | None:
    """The branch whose Postgres works in that folder: home/projects/PROJECT/branches/BRANCH/…"""
    if cwd is None or not cwd.is_relative_to(home / "projects"):
        return None
    match cwd.relative_to(home / "projects").parts:
        case [project, "branches", branch, "postgres" | "past", *_]:
            return str(Ref(project, branch))
    return None
