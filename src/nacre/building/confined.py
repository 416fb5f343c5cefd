"""Runs a build's command lines in a sandbox that holds nothing but the build: no credential, database or daemon."""

import asyncio
import os
import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from nacre.building.diagnosis import failure
from nacre.core.errors import Conflict, Failed, NoSpace, Unavailable
from nacre.engines.processes.users import Account
from nacre.engines.sandbox import network, view
from nacre.engines.sandbox.driver import Driver, Sandbox
from nacre.engines.sandbox.inside import Inside
from nacre.engines.sandbox.spec import Egress, Limits, Mount, Spec

CACHE = "/cache"
"""Where the app's own cache of packages is in view; the only thing that outlives a sandbox."""

_LAST_WORDS_BYTES = 64 << 10
_LOOKED_EVERY_S = 0.1
_KEY = "build"

Say = Callable[[bytes], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Bounds:
    """The most that a build may take: memory, processors, disk for each folder that it writes to, and time."""

    memory_mb: int = 2048
    cpus: float = 2
    disk_gb: float = 10
    minutes: float = 20


@dataclass(frozen=True)
class Order:
    """One line for /bin/sh. `phase` is what it is part of, for words; `target` is where `writable` is in view, where
    it is run; `seen` are folders to be seen, read-only, each with its place."""

    phase: str
    line: str
    writable: Path
    target: str
    seen: tuple[tuple[Path, str], ...]
    env: Mapping[str, str]
    cwd: str


class Confined:
    """`folder` holds the sandboxes of builds that run, and nothing else. For worker threads."""

    def __init__(self, driver: Driver, folder: Path, account: Account | None, bounds: Bounds) -> None:
        self._driver = driver
        self._folder = folder
        self._account = account
        self.bounds = bounds

    def run(self, order: Order, cache: Path, say: Say, cancelled: Cancelled) -> bytes:
        """Run it to its end, and return the last of what it said.

        Raises what diagnosis.failure tells; Conflict "build-cancelled"; Failed "build-too-long"; NoSpace
        "build-too-large"; Unavailable "isolation-not-proven".
        """
        refusal = self._driver.refusal()
        if self._driver.name == "none":
            refusal = "isolation is none, and a build must see its image's folders where they will be."
        if refusal:
            raise Unavailable("isolation-not-proven", f"Nothing is built here: {refusal}", hint="`nacre doctor`")
        place = self._folder / secrets.token_hex(4)
        for folder in (self._folder, place):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o711)
        try:
            return asyncio.run(self._run(self._spec(order, place, cache), order, say, cancelled))
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def sweep(self) -> None:
        """End and remove what builds that were cut off left behind. Only while none runs."""
        if not self._folder.is_dir():
            return
        for place in self._folder.iterdir():
            asyncio.run(self._driver.service(Spec("build", place)).stop())
            shutil.rmtree(place, ignore_errors=True)

    def own(self, folder: Path) -> None:
        """Let the one whom builds run as write to all of a folder; links in it are not followed."""
        if self._account is None or folder.stat().st_uid == self._account.uid:
            return
        for parent, folders, files in os.walk(folder):
            for path in (parent, *(f"{parent}/{name}" for name in (*folders, *files))):
                os.chown(path, self._account.uid, self._account.gid, follow_symlinks=False)

    async def _run(self, spec: Spec, order: Order, say: Say, cancelled: Cancelled) -> bytes:
        service = self._driver.service(spec)
        await service.start()
        watching = asyncio.create_task(_watch(cancelled))
        following = asyncio.create_task(self._follow(spec, order, say))
        try:
            async with asyncio.timeout(self.bounds.minutes * 60):
                await asyncio.wait((watching, following), return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                raise Conflict("build-cancelled", "The build was cancelled.", hint="Publish again when you want to.")
            exit_code, last = following.result()
        except TimeoutError:
            raise Failed(
                "build-too-long",
                f"The build was stopped: it had not ended after {self.bounds.minutes:g} minutes.",
                hint="Let it do less, or allow it more time with the setting build_minutes.",
            ) from None
        finally:
            for task in (watching, following):
                task.cancel()
            await asyncio.gather(watching, following, return_exceptions=True)
            await service.stop()
        self._require_room(service)
        if exit_code != 0:
            raise failure(order.phase, exit_code, last, self.bounds.memory_mb)
        return last

    async def _follow(self, spec: Spec, order: Order, say: Say) -> tuple[int, bytes]:
        inside = Inside(spec.folder)
        await inside.start(("/bin/sh", "-c", order.line), key=_KEY, cwd=order.cwd)
        attachment = await inside.attach(_KEY)
        last = bytearray()
        try:
            await attachment.end_input()
            async for output in attachment:
                await asyncio.to_thread(say, output.data)
                last = (last + output.data)[-_LAST_WORDS_BYTES:]
        finally:
            await attachment.close()
        return -1 if attachment.exit_code is None else attachment.exit_code, bytes(last)

    def _require_room(self, service: Sandbox) -> None:
        if service.trouble:
            raise NoSpace(
                "build-too-large",
                f"The build was stopped. {service.trouble}",
                hint="Let it write less, make room, or allow it more with the setting build_disk_gb.",
            )

    def _spec(self, order: Order, place: Path, cache: Path) -> Spec:
        seen = tuple(Mount(source, target) for source, target in order.seen)
        writable = (Mount(order.writable, order.target, writable=True), Mount(cache, CACHE, writable=True))
        bounds = self.bounds
        return Spec(
            name="build",
            folder=place,
            mounts=(*seen, *writable),
            env={**_environment(), **order.env},
            cwd=order.cwd,
            hostname="build",
            limits=Limits(
                cpu_cores=bounds.cpus,
                memory_bytes=bounds.memory_mb << 20,
                processes=2048,
                disk_bytes=int(bounds.disk_gb * (1 << 30)),
            ),
            egress=_egress(),
            account=self._account,
        )


async def _watch(cancelled: Cancelled) -> None:
    """Until it is cancelled: whoever does that may be on another machine, so it has to be asked."""
    while True:
        if await asyncio.to_thread(cancelled):
            return
        await asyncio.sleep(_LOOKED_EVERY_S)


def _environment() -> dict[str, str]:
    """Where tools keep what they fetched, and that nobody is there to be asked."""
    carried = view.carried()
    index = {"UV_DEFAULT_INDEX": carried["PIP_INDEX_URL"]} if "PIP_INDEX_URL" in carried else {}
    return {
        "HOME": "/tmp",  # noqa: S108 - inside, where it is the build's own
        "CI": "1",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SOURCE_DATE_EPOCH": "315532800",  # the earliest that zip files, and so wheels, can say
        "UV_CACHE_DIR": f"{CACHE}/uv",
        "UV_LINK_MODE": "copy",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "PIP_CACHE_DIR": f"{CACHE}/pip",
        "PIP_NO_INPUT": "1",
        "POETRY_CACHE_DIR": f"{CACHE}/poetry",
        "npm_config_cache": f"{CACHE}/npm",
        "npm_config_update_notifier": "false",
        "npm_config_yes": "true",
        "YARN_CACHE_FOLDER": f"{CACHE}/yarn",
        **index,
    }


def _egress() -> Egress:
    """The internet without private addresses; where no sandbox can be connected to it, the package indexes that this
    machine was given, through a proxy."""
    if not network.obstacle():
        return Egress("open")
    return Egress("allow-list", tuple(dict.fromkeys(_own_hosts(view.carried()))))


def _own_hosts(carried: Mapping[str, str]) -> list[str]:
    """The hosts of the package indexes that this machine was given."""
    urls = (url for value in carried.values() for url in re.findall(r"https?://\S+", value))
    found = []
    for url in urls:
        with suppress(ValueError):
            found.append(urlsplit(url).hostname or "")
    return [host for host in found if host]
