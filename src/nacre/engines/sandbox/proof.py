"""Proves that sandboxes hold by trying to break out of one: quickly before people's code runs, fully for doctor."""

import asyncio
import contextlib
import json
import os
import platform
import secrets
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nacre.core.errors import NacreError, Unavailable
from nacre.core.settings import Settings
from nacre.engines.processes.users import Account
from nacre.engines.sandbox import network, seccomp, view
from nacre.engines.sandbox.driver import Driver
from nacre.engines.sandbox.inside import Inside
from nacre.engines.sandbox.kit import kit
from nacre.engines.sandbox.spec import Egress, Limits, Mount, Spec

LIMITS = Limits(cpu_cores=1, memory_bytes=96 << 20, processes=48, disk_bytes=4 << 20)
"""Those of the sandbox that is attacked: small, so that running into them costs little."""

_BOUNDARIES = {
    "read-files": "files", "change-the-system": "files", "use-sockets": "files", "reach-ports": "network",
    "reach-metadata": "network", "push-input": "system-calls", "gain-privileges": "system-calls",
    "call-the-kernel": "system-calls", "signal-outside": "processes", "exhaust-processes": "process-count",
    "exhaust-memory": "memory", "exhaust-disk": "disk",
}  # fmt: skip
_THOROUGH = ("exhaust-processes", "exhaust-memory", "exhaust-disk")
_CALLS = ("bpf", "keyctl", "perf_event_open", "userfaultfd", "open_by_handle_at", "io_uring_setup", "kexec_load")
_WITHIN_S = 30.0
_FOLDER = "/workspace"


@dataclass(frozen=True)
class Targets:
    """What nobody inside may get hold of: files and sockets by path, TCP ports of this machine."""

    files: tuple[Path, ...] = ()
    sockets: tuple[Path, ...] = ()
    ports: tuple[int, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> "Targets":
        """What of this home must stay out of reach."""
        home = settings.home
        return cls(
            files=(home, home / "data.db", home / "secret.key", settings.projects),
            sockets=(settings.socket, home / "run" / "gateway.sock"),
            ports=(settings.port, settings.pg_port),
        )


@dataclass(frozen=True)
class Outcome:
    """How an attack went: `got` is what it got hold of, in words; empty when the boundary held."""

    attack: str
    boundary: str
    got: str

    @property
    def is_grave(self) -> bool:
        """Whether it got out. What exhausts a limit has only used more than it should."""
        return bool(self.got) and self.attack not in _THOROUGH


async def prove(driver: Driver, account: Account | None, targets: Targets) -> None:
    """Attack a sandbox of this driver's in the quick ways; within a third of a second. None is not attacked: it is
    said aloud that it keeps nothing. Raises Unavailable "isolation-broken", and then people's code must not run."""
    if driver.name == "none":
        return
    broken = [outcome for outcome in await attack(driver, account, targets, thorough=False) if outcome.is_grave]
    if broken:
        raise Unavailable(
            "isolation-broken",
            f"Sandboxes do not hold on this machine: {broken[0].attack}: {broken[0].got}.",
            hint="`nacre doctor` shows every attack. Nothing of people's runs until this is mended.",
        )


async def attack(
    driver: Driver, account: Account | None, targets: Targets, *, thorough: bool, root: Path | None = None
) -> list[Outcome]:
    """Make a sandbox and attack it; with `thorough` also run into its limits. Raises what making it raises.

    With a `root` it is attacked as an app in that image could.

    Never without isolation: the attacks would succeed, and one of them kills all that the account runs.
    """
    assert driver.name != "none"
    attacks = [name for name in _BOUNDARIES if thorough or name not in _THOROUGH]
    attacks.sort(key=lambda name: name == "signal-outside")  # it kills what else runs inside
    with _place(account) as place, _bait(place, account) as bait:
        spec = Spec(
            "attacked", place / "box", (Mount(place / "files", _FOLDER, True),), {"HOME": _FOLDER},
            limits=LIMITS, egress=Egress("open"), account=account, root=root,
        )  # fmt: skip
        async with _running(driver, spec) as inside:
            config = _config(bait, targets, attacks)
            said = await _assault(inside, config, kit().interpreter if root else (view.interpreter(),))
            alive = await inside.alive()
        outcomes = [
            Outcome(name, _BOUNDARIES[name], said.get(name, "it said nothing of how it went")) for name in attacks
        ]
        if bait.process.poll() is not None:
            outcomes.append(Outcome("signal-outside", "processes", "a process outside was killed"))
        if not alive:
            outcomes.append(Outcome("signal-outside", "processes", "the warden was ended from inside"))
    return outcomes


@dataclass(frozen=True)
class _Bait:
    """What is laid out on the machine, so that an attack that finds nothing has not simply had nothing to find."""

    file: Path
    socket: Path
    abstract: str
    port: int
    process: "subprocess.Popen[bytes]"


@contextlib.contextmanager
def _place(account: Account | None) -> Iterator[Path]:
    """A folder for the sandbox, with a path so short that sockets fit below it."""
    with tempfile.TemporaryDirectory(prefix="nacre-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        place.chmod(0o711)
        (place / "files").mkdir()
        if account is not None:
            os.chown(place / "files", account.uid, account.gid)
        yield place


@contextlib.contextmanager
def _bait(place: Path, account: Account | None) -> Iterator[_Bait]:
    (place / "secret").write_text("bait")
    (place / "secret").chmod(0o644)
    abstract = f"nacre-{secrets.token_hex(8)}"
    with contextlib.ExitStack() as stack:
        for address in (str(place / "bait.sock"), f"\0{abstract}"):
            one = stack.enter_context(socket.socket(socket.AF_UNIX))
            one.bind(address)
            one.listen(1)
        (place / "bait.sock").chmod(0o666)
        listener = stack.enter_context(socket.create_server(("0.0.0.0", 0)))  # noqa: S104 - bait, which says nothing
        process = subprocess.Popen(
            ["sleep", "60"], start_new_session=True,
            user=account.uid if account else None, group=account.gid if account else None,
            extra_groups=[] if account else None,
        )  # fmt: skip
        try:
            yield _Bait(place / "secret", place / "bait.sock", abstract, listener.getsockname()[1], process)
        finally:
            process.kill()
            process.wait()


@contextlib.asynccontextmanager
async def _running(driver: Driver, spec: Spec) -> AsyncIterator[Inside]:
    service = driver.service(spec)
    await service.start()
    try:
        yield Inside(spec.folder)
    finally:
        await service.stop()


def _config(bait: _Bait, targets: Targets, attacks: list[str]) -> dict[str, Any]:
    return {
        "attacks": attacks,
        "files": [str(path) for path in (bait.file, *targets.files)],
        "sockets": [str(path) for path in (bait.socket, *targets.sockets)],
        "abstract": bait.abstract,
        # The last two are what slirp4netns stands in for the machine and its resolver with.
        "addresses": ["127.0.0.1", *network.own_addresses(), "10.0.2.2", network.RESOLVER],
        "ports": [bait.port, *targets.ports],
        "pids": [bait.process.pid, os.getpid()],
        "command": "sleep 60",
        "calls": seccomp.numbers(_CALLS, platform.machine()),
        "processes": LIMITS.processes,
        "memory_bytes": LIMITS.memory_bytes,
        "disk_bytes": LIMITS.disk_bytes,
        "folder": _FOLDER,
    }


async def _assault(inside: Inside, config: dict[str, Any], interpreter: Sequence[str]) -> dict[str, str]:
    """Run the attacks on a terminal inside; what each got, by name."""
    text = Path(__file__).with_name("attacker.py").read_text()
    argv = [*interpreter, "-I", "-S", "-B", "-c", text, json.dumps(config)]
    await inside.start(argv, key="attack", size=(4000, 24))
    attachment = await inside.attach("attack")
    heard = bytearray()
    try:
        async with asyncio.timeout(_WITHIN_S):
            async for output in attachment:
                heard += output.data
    except (TimeoutError, NacreError):
        pass  # what it has not told of counts as not held
    finally:
        await attachment.close()
    return {name: got for name, got in map(_outcome, heard.decode(errors="replace").splitlines()) if name}


def _outcome(line: str) -> tuple[str, str]:
    try:
        said = json.loads(line)
        return str(said["attack"]), str(said["got"])
    except (ValueError, KeyError, TypeError):
        return "", ""
