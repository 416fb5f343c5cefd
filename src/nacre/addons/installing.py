"""Installs an add-on in a sandbox that holds nothing but the add-on: no credentials, no project, no daemon."""

import asyncio
import threading
from pathlib import Path

from nacre.addons.catalogue import AddOn, find, missing
from nacre.addons.commands import Step, steps
from nacre.addons.diagnosis import diagnose
from nacre.addons.shelf import Shelf
from nacre.core.errors import Conflict, Failed, Unavailable
from nacre.core.progress import report, say
from nacre.engines.processes.users import Account
from nacre.engines.sandbox.driver import Driver
from nacre.engines.sandbox.inside import Inside
from nacre.engines.sandbox.spec import Egress, Limits, Mount, Spec
from nacre.engines.sandbox.view import interpreter

_LIMITS = Limits(cpu_cores=64, memory_bytes=8 << 30, processes=4096, disk_bytes=8 << 30)
_LASTS_AT_MOST_S = 3600.0
_MEASURED_EVERY_S = 2.0
_LAST_WORDS_BYTES = 8 << 10
_MB = 1_000_000


class Installer:
    """`folder` is the sandbox's own. One installation at a time."""

    def __init__(
        self,
        shelf: Shelf,
        driver: Driver,
        folder: Path,
        account: Account | None,
        loop: asyncio.AbstractEventLoop,
        egress: Egress,
    ) -> None:
        self._shelf = shelf
        self._driver = driver
        self._folder = folder
        self._account = account
        self._loop = loop
        self._egress = egress
        self._busy = threading.Lock()

    def install(self, name: str) -> AddOn:
        """Install it with what it uses, unless it is there already; for worker threads.

        Raises NotFound "addon-not-found", Conflict "addon-busy", Unavailable "addon-needs" that names the packages the
        machine lacks, Failed "addon-not-installed" with the reason. Nothing is left behind then.
        """
        addon = find(name)
        if not self._busy.acquire(blocking=False):
            raise Conflict(
                "addon-busy", "Another add-on is being installed.", hint="`nacre addon list` shows when it is done."
            )
        try:
            for one in (*(find(used) for used in addon.uses), addon):
                if not self._shelf.has(one):
                    self._install(one)
        finally:
            self._busy.release()
        return addon

    def remove(self, name: str) -> AddOn:
        """Raises NotFound "addon-not-installed", Conflict "addon-busy"."""
        addon = find(name)
        if not self._busy.acquire(blocking=False):
            raise Conflict("addon-busy", "An add-on is being installed.", hint="Wait until it is done.")
        try:
            self._shelf.remove(addon)
        finally:
            self._busy.release()
        return addon

    def sweep(self) -> None:
        """End and remove what an installation that was cut off left behind."""
        asyncio.run_coroutine_threadsafe(self._driver.service(self._spec(Path("/nowhere"))).stop(), self._loop).result()
        self._shelf.sweep()

    def _install(self, addon: AddOn) -> None:
        _require(addon)
        refusal = self._driver.refusal()
        if refusal:
            raise Unavailable("isolation-not-proven", f"Nothing is installed here: {refusal}", hint="`nacre doctor`")
        place = self._shelf.begin(addon)
        try:
            asyncio.run_coroutine_threadsafe(self._run(addon, place), self._loop).result()
            self._shelf.finish(addon)
        except BaseException:
            self._shelf.remove(addon)
            raise

    async def _run(self, addon: AddOn, place: Path) -> None:
        report(f"{addon.title}: starting")
        service = self._driver.service(self._spec(place))
        await service.start()
        try:
            inside = Inside(self._folder)
            node = str(self._shelf.place(find("node")))
            async with asyncio.timeout(_LASTS_AT_MOST_S):
                for number, step in enumerate(steps(addon, str(place), interpreter(), node)):
                    await self._take(addon, inside, step, f"step-{number}", place)
        except TimeoutError:
            raise Failed("addon-not-installed", f"{addon.title} was not installed within an hour.") from None
        finally:
            await service.stop()

    async def _take(self, addon: AddOn, inside: Inside, step: Step, key: str, place: Path) -> None:
        await inside.start(step.argv, key=key, env=step.env, cwd=str(place))
        measuring = asyncio.create_task(self._measure(addon, step))
        attachment = await inside.attach(key)
        last = bytearray()
        try:
            await attachment.end_input()
            async for output in attachment:
                say(output.data, output.stream)
                last = (last + output.data)[-_LAST_WORDS_BYTES:]
        finally:
            measuring.cancel()
            await attachment.close()
        if attachment.exit_code != 0:
            raise _failure(addon, step, last.decode(errors="replace"))

    async def _measure(self, addon: AddOn, step: Step) -> None:
        """Progress by what has come to lie on the disk: package managers tell nothing to those without a terminal."""
        while True:
            size_mb = await asyncio.to_thread(self._shelf.size_bytes, addon) // _MB
            report(f"{addon.title}: {step.what}", done=min(size_mb, addon.size_mb), total=addon.size_mb)
            await asyncio.sleep(_MEASURED_EVERY_S)

    def _spec(self, place: Path) -> Spec:
        used = Mount(self._shelf.folder, str(self._shelf.folder))
        return Spec(
            name="installer of add-ons",
            folder=self._folder,
            mounts=(used, Mount(place, str(place), writable=True)),
            cwd=str(place),
            hostname="installer",
            limits=_LIMITS,
            egress=self._egress,
            account=self._account,
        )


def _require(addon: AddOn) -> None:
    lacking = missing(addon)
    if lacking:
        raise Unavailable(
            "addon-needs",
            f"{addon.title} is built on this machine, which lacks {', '.join(lacking)}.",
            hint=f"On Debian and Ubuntu: apt-get install {' '.join(lacking)}; then install it again.",
        )


def _failure(addon: AddOn, step: Step, log: str) -> Failed:
    why, helps = diagnose(log)
    if not why:
        why, helps = "a command failed", f"Its last words were: {' '.join(log.split())[-600:]}"
    return Failed("addon-not-installed", f"{addon.title} was not installed: {why} (while {step.what}).", hint=helps)
