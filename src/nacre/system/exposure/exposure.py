"""The table of everything that listens here: each socket of this home, read from the kernel, beside what is meant."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psutil

from nacre.core.principals import Principal, Role
from nacre.core.settings import Settings
from nacre.engines.processes import record
from nacre.engines.processes.identity import is_running
from nacre.engines.processes.sockets import Listener, holders, listening, network_of
from nacre.engines.processes.users import find
from nacre.gateway.site import Site
from nacre.system.exposure.households import Household, household
from nacre.system.exposure.listening import WIDTH, Listening, Meant, Reach
from nacre.system.exposure.meaning import Holder, House, Lodger, meaning, meaning_inside
from nacre.system.exposure.permits import reach_of

_WORDS: dict[Reach, str] = {
    "daemon": "Nacre itself",
    "gateway": "the gateway",
    "sandbox": "its own sandbox",
    "machine": "everybody on this machine",
    "network": "the network",
}


class Exposure:
    """`lodgers` says whose each sandbox is, by its folder. The process that makes this is the daemon."""

    def __init__(self, settings: Settings, lodgers: Callable[[], Mapping[Path, Lodger]]) -> None:
        self._settings = settings
        self._lodgers = lodgers

    def table(self, who: Principal) -> list[Listening]:
        """Everything for admins of the system, else what belongs to projects that `who` may touch."""
        rows = exposed(self._settings, os.getpid(), self._lodgers())
        sees_all = who.role >= Role.ADMIN and not who.members_only and who.projects is None and who.branch is None
        return [row for row in rows if sees_all or (row.project is not None and who.may_touch(row.project))]


def exposed(settings: Settings, daemon: int | None, lodgers: Mapping[Path, Lodger]) -> list[Listening]:
    """Everything of this home that listens, and what should and does not; first what is not as configured."""
    house, members = House(settings, lodgers), household(settings.home, daemon)
    rows = [*_on_the_machine(house, members), *_in_sandboxes(house, members)]
    if daemon is not None:
        rows += _missing(house, rows)
    return sorted(rows, key=lambda row: (row.state == "as-configured", row.project or "", row.what, row.address))


def _on_the_machine(house: House, members: Household) -> Iterator[Listening]:
    held, account = holders(members.members), find(house.settings.user) if os.geteuid() == 0 else None
    gateway = record.read(house.site.run / "gateway.json")
    gateway_pid = gateway.pid if gateway is not None and is_running(gateway) else None
    for listener in map(_renamed, listening()):
        pid = held.get(listener.inode)
        is_here = listener.protocol == "unix" and Path(listener.address).is_relative_to(house.home)
        if pid is None and not is_here:
            continue  # somebody else's
        holder = None if pid is None else Holder(pid, _cwd(pid), pid == members.daemon, pid == gateway_pid)
        reach = _reach(listener, house.home, account.gid if account else None)
        meant = meaning(house, listener, holder)
        if meant is not None or reach != "daemon":
            yield _row(house, listener, pid, reach, meant)


def _renamed(listener: Listener) -> Listener:
    """A socket that was put in place under another name than it was made with is told by the one it has now."""
    made, now = Path(listener.address), Path(listener.address).with_suffix(".sock")
    if listener.protocol == "unix" and made.suffix == ".new" and not made.exists() and now.exists():
        return replace(listener, address=str(now))
    return listener


def _in_sandboxes(house: House, members: Household) -> Iterator[Listening]:
    own = network_of(os.getpid())
    for folder, warden in members.sandboxes.items():
        if network_of(warden) in (own, None):
            continue  # no network of its own: it is among the machine's
        of_warden = holders([warden])
        for listener in listening(warden):
            if listener.protocol != "unix":
                meant = meaning_inside(house, folder, listener.inode in of_warden)
                yield _row(house, listener, None, "sandbox", meant)


def _missing(house: House, rows: list[Listening]) -> Iterator[Listening]:
    """The ports that visitors come by, where nobody listens."""
    settings, site = house.settings, Site.of(house.settings)
    for port in (settings.port,) if settings.mode == "slim" else site.ports:
        if not any(
            row.protocol == "tcp" and row.reach != "sandbox" and row.address.endswith(f":{port}") for row in rows
        ):
            yield Listening(
                what="daemon" if settings.mode == "slim" else "gateway", project=None, protocol="tcp",
                address=f"{settings.host}:{port}", pid=None, reach=house.wide, needs="sign-in", state="missing",
                why="Nobody listens here, so nobody is served. `nacre status` says how the gateway is.",
            )  # fmt: skip


def _row(house: House, listener: Listener, pid: int | None, reach: Reach, meant: Meant | None) -> Listening:
    address = f"{listener} inside" if reach == "sandbox" else str(listener)
    if listener.protocol == "unix" and Path(address).is_relative_to(house.home):
        address = str(Path(address).relative_to(house.home))
    why = _why(reach, meant)
    return Listening(
        what=meant.what if meant else _name(pid),
        project=meant.project if meant else None,
        protocol=listener.protocol,
        address=address,
        pid=pid,
        reach=reach,
        needs=meant.needs if meant else "nothing",
        state="unexpected" if why else "as-configured",
        why=why,
    )


def _why(reach: Reach, meant: Meant | None) -> str:
    if meant is None:
        return f"Nothing of Nacre is meant to listen here, and {_WORDS[reach]} can connect to it."
    if WIDTH[reach] > WIDTH[meant.reach]:
        return f"It is for {_WORDS[meant.reach]}, but {_WORDS[reach]} can connect to it."
    return ""


def _reach(listener: Listener, home: Path, account_gid: int | None) -> Reach:
    if listener.protocol != "unix":
        return "machine" if listener.is_loopback else "network"
    if listener.address.startswith("@"):
        return "machine"  # without a file there are no permissions
    return reach_of(Path(listener.address), home, account_gid)


def _cwd(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def _name(pid: int | None) -> str:
    """The program's name, for what nothing else is known of."""
    try:
        return psutil.Process(pid).name() if pid is not None else "somebody"
    except psutil.Error:
        return f"process {pid}"
