"""Apps and a gateway that really go wrong: told once, and once that it is over. And what is measured of them before."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from tests.integration.monitoring.watching import Turned, Watch, watching
from tests.integration.runtime.conftest import Rig, eventually

from nacre.branches.catalog import Catalog
from nacre.core.clock import system_clock
from nacre.core.names import Ref
from nacre.core.principals import OWNER
from nacre.core.secrets import SecretBox
from nacre.engines.host.processes import Processes
from nacre.gateway.site import Site
from nacre.monitoring.access.book import AccessBook
from nacre.monitoring.probes.app import OfApps
from nacre.monitoring.probes.certificate import OfCertificates
from nacre.monitoring.probes.gateway import OfGateway
from nacre.publishing.apps import App, Apps
from nacre.publishing.releases import Phase, Releases

pytestmark = pytest.mark.xdist_group("runtime")


@dataclass
class Observed:
    rig: Rig
    watch: Watch
    releases: Releases
    app: App

    async def fires_and_is_over(self, rule: str, said: str, end: Callable[[], Any], **changed: float | str) -> None:
        """`end` is called in a thread; what it returns is awaited on the loop that the runtime lives on."""
        loop = asyncio.get_running_loop()

        def ended() -> None:
            done = end()
            if isinstance(done, Coroutine):
                asyncio.run_coroutine_threadsafe(done, loop).result()

        await asyncio.to_thread(self.watch.only, rule, **changed)
        await asyncio.to_thread(self.watch.fires_and_is_over, said, ended, timedelta(seconds=1))

    def passes(self) -> None:
        """So much time that what is said of the last minutes says nothing of what was before."""
        self.watch.clock.ahead += timedelta(minutes=6)

    async def numbers(self, kind: str = "app", label: str = "shop/shop") -> dict[str, float]:
        return await asyncio.to_thread(self.watch.numbers, kind, label)

    async def counted(self, times: int) -> None:
        """A line of the log comes after the answer."""
        log = Site.of(self.rig.settings).access_log
        await eventually(lambda: log.read_text().count('"status"') >= times)

    async def ask(self, path: str, times: int) -> None:
        for _ in range(times):
            await self.rig.get("shop", path)


@pytest.fixture
async def observed(gated: Rig) -> AsyncIterator[Observed]:
    rig, clock, home = gated, Turned(), gated.settings.home
    catalog = Catalog(rig.store, SecretBox(home / "secret.key"), system_clock, rig.settings.pg_port)
    apps, releases = Apps(rig.store, catalog, system_clock), Releases(rig.store, system_clock)
    app = apps.claim("shop", "production", catalog.add_branch(Ref("shop"), None), OWNER, None)
    site, processes = Site.of(rig.settings), Processes()
    access = AccessBook(site.access_log)
    kept = partial(_status, rig)
    probes = (
        OfApps(apps, releases, rig.runtime, processes, access),
        OfGateway(kept, processes, access),
        OfCertificates(site, clock),
    )
    with watching(rig.store, clock, probes, home / "key") as watch:
        yield Observed(rig, watch, releases, app)


def _status(rig: Rig) -> Any:
    return next((one for one in rig.supervisor.statuses() if one.name == "gateway"), None)


async def test_what_an_app_uses_and_was_asked_is_measured(observed: Observed) -> None:
    before = await observed.numbers()
    assert (before["wanted"], before["up"], before["requests"]) == (0, 0, 0) and isnan(before["memory"])
    await observed.rig.publish("shop", 3)
    await observed.ask("here?secret=1", 5)
    await observed.rig.get("nobody")
    await observed.counted(6)
    numbers = await observed.numbers()
    assert (numbers["wanted"], numbers["up"], numbers["instances"]) == (1, 1, 1)
    assert (numbers["requests"], numbers["successes"], numbers["failures"]) == (5, 5, 0)
    assert 0 < numbers["latency_p50"] <= numbers["latency_p95"] <= numbers["latency_p99"] < 2
    assert 5e6 < numbers["memory"] < numbers["memory_most"] and numbers["processes"] >= 1
    whole = await observed.numbers("gateway", "")
    assert (whole["up"], whole["requests"], whole["refusals"]) == (1, 6, 1) and whole["memory"] > 1e7
    log = Site.of(observed.rig.settings).access_log.read_text()
    assert "/apps/shop/here" in log and "secret" not in log and '"uuid":"' in log
    asked = (await observed.rig.get("shop", "there")).json()["headers"]["x-request-id"]
    await eventually(lambda: asked in Site.of(observed.rig.settings).access_log.read_text())
    await observed.rig.runtime.stop("shop")
    numbers = await observed.numbers()
    assert (numbers["wanted"], numbers["up"]) == (0, 0)
    assert numbers["memory"] == 0 < numbers["memory_most"]  # so that what fired for it is over


async def test_an_app_that_fails_is_slow_hungry_or_does_not_run_is_told_of(observed: Observed) -> None:
    rig = observed.rig
    await rig.publish("shop", 1)
    await observed.numbers()
    await observed.ask("fail", 10)
    await observed.counted(10)
    await observed.fires_and_is_over("app-failing", "An app fails requests (shop/shop)", observed.passes)
    await observed.ask("slow?2.1", 1)
    await observed.counted(11)
    await observed.fires_and_is_over("app-slow", "An app answers slowly (shop/shop)", observed.passes)
    await observed.fires_and_is_over(
        "app-memory", "An app has hardly any memory left (shop/shop)",
        lambda: rig.publish("shop", 3, run={"memory_mb": 4096}), above=0.02,
    )  # fmt: skip
    for time in range(1, 4):
        await rig.get("shop", "exit")
        await eventually(lambda: (rig.runtime.status("shop").restarts or 0) >= time)  # noqa: B023
    await observed.fires_and_is_over("app-restarts", "An app ends again and again (shop/shop)", observed.passes)
    (serving,) = (one.name for one in rig.supervisor.statuses() if one.name.startswith("app shop #3"))
    await rig.supervisor.stop(serving)
    await observed.fires_and_is_over("app-down", "An app does not run (shop/shop)", lambda: rig.publish("shop", 4))


async def test_a_gateway_that_is_down_and_certificates_that_end_are_told_of(observed: Observed) -> None:
    kept = observed.rig.supervisor._kept["gateway"].service

    async def again() -> None:
        await observed.rig.supervisor.start(kept)

    await observed.rig.supervisor.stop("gateway")
    await observed.fires_and_is_over("gateway-down", "The gateway does not run", again)
    numbers = await observed.numbers("certificate", "localhost")
    assert 0.4 < numbers["days_left"] < 0.6 and numbers["left_percent"] > 98
    clock = observed.watch.clock
    clock.ahead += timedelta(days=0.9 * numbers["days_left"])
    state = Site.of(observed.rig.settings).state
    await observed.fires_and_is_over(
        "certificate-expires", "A certificate ends soon, and none has come in its place (localhost)",
        lambda: renew(state, "localhost", clock()), scope="localhost",
    )  # fmt: skip


def renew(state: Path, name: str, now: datetime) -> None:
    """What an authority does: one with new times takes the place of the one that the gateway had."""
    (path,) = state.glob(f"certificates/*/{name}/{name}.crt")
    key, whose = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(whose, whose, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))


async def test_a_release_that_does_not_come_to_serve_is_told_of_until_one_does(observed: Observed) -> None:
    def publish(phase: Phase) -> None:
        release = observed.releases.begin(observed.app, "publish", OWNER, "{}", source={}, branch="main")
        observed.releases.enter(release, phase)

    publish("failed")
    await observed.fires_and_is_over(
        "publish-failed", "What was published last did not come to serve (shop/shop)", lambda: publish("live")
    )
