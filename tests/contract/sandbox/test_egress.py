"""What can be reached from inside, by policy, with real connections."""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.sandbox.conftest import Cell, running

from nacre.engines.processes import record
from nacre.engines.processes.identity import is_running, send
from nacre.engines.processes.users import Account
from nacre.engines.sandbox import network
from nacre.engines.sandbox.driver import Driver
from nacre.engines.sandbox.layout import Layout
from nacre.engines.sandbox.spec import Egress

TRY = """
import socket, sys
for address, port in zip(sys.argv[1::2], sys.argv[2::2]):
    try:
        socket.create_connection((address, int(port)), 3).close()
        print(address, "answers")
    except OSError as error:
        print(address, type(error).__name__, error.errno)
"""


@pytest.fixture
def everywhere() -> Iterator[int]:
    """A port of this machine on which somebody answers at every address."""
    with socket.create_server(("0.0.0.0", 0)) as listener:
        threading.Thread(target=_answer, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


def _answer(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            listener.accept()[0].close()


async def reach(cell: Cell, *targets: tuple[str, int]) -> dict[str, str]:
    words = [word for address, port in targets for word in (address, str(port))]
    said = await cell.run("python3", "-c", TRY, *words, key="reach")
    return dict(line.split(" ", 1) for line in said.text.splitlines())


async def test_this_machine_is_out_of_reach(
    place: Path, bubblewrap: Driver, account: Account | None, everywhere: int
) -> None:
    own = network.own_addresses()
    for address in own:
        socket.create_connection((address, everywhere), 3).close()
    async with running(place, bubblewrap, account) as cell:
        addresses = ["127.0.0.1", *own, "10.0.2.2", network.RESOLVER, "169.254.169.254"]
        found = await reach(cell, *((address, everywhere) for address in addresses))
    assert {address for address, how in found.items() if how == "answers"} == set()
    assert len(found) == len(addresses)


async def test_a_closed_sandbox_has_its_own_loopback_alone(
    place: Path, bubblewrap: Driver, account: Account | None
) -> None:
    async with running(place, bubblewrap, account, egress=Egress("closed")) as cell:
        assert (await cell.shell("cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '")).text.split() == ["lo"]
        assert not Layout(cell.spec.folder).helper.exists()


async def test_an_open_sandbox_is_connected_and_stays_so(
    place: Path, bubblewrap: Driver, account: Account | None, until
) -> None:
    if network.obstacle():
        pytest.skip(network.obstacle())
    async with running(place, bubblewrap, account) as cell:
        assert "tap0" in (await cell.shell("cat /proc/net/route")).text
        layout = Layout(cell.spec.folder)
        helper = record.read(layout.helper)
        assert helper is not None
        send(helper, signal.SIGKILL)
        await until(lambda: (now := record.read(layout.helper)) and now != helper and is_running(now))
        found = await cell.shell("grep -c tap0 /proc/net/route; cat /proc/net/route")
        assert "tap0" in found.text
        again = record.read(layout.helper)
        assert again is not None
    await until(lambda: not is_running(again))


async def test_an_allow_list_lets_through_what_is_on_it(
    place: Path, bubblewrap: Driver, account: Account | None, everywhere: int
) -> None:
    """Without the internet: what is refused, and why, is what can be seen of it here."""
    egress = Egress("allow-list", ("localhost", "listed.invalid", "*.listed.invalid"))
    async with running(place, bubblewrap, account, egress=egress) as cell:
        said = await cell.shell(
            "curl -sS -m 9 http://other.invalid/; curl -sS -m 9 http://sub.listed.invalid/;"
            f"curl -sS -m 9 --noproxy '' http://localhost:{everywhere}/;"
            f"curl -sS -m 9 -p --noproxy '' http://localhost:{everywhere}/ 2>&1;"
            "curl -sS -m 9 https://169.254.169.254/ 2>&1; cat /proc/net/dev | tail -n +3 | cut -d: -f1"
        )
    assert "other.invalid is not on the list of hosts" in said.text
    assert "sub.listed.invalid cannot be resolved" in said.text
    assert said.text.count("localhost has no address that may be reached") == 1
    assert "502" in said.text
    assert "403" in said.text
    assert said.text.split()[-1] == "lo"


async def test_the_proxy_ends_with_the_sandbox_and_is_started_again(
    place: Path, bubblewrap: Driver, account: Account | None, until
) -> None:
    async with running(place, bubblewrap, account, egress=Egress("allow-list", ())) as cell:
        layout = Layout(cell.spec.folder)
        first = record.read(layout.helper)
        assert first is not None
        if account is not None:
            proxy = Path(f"/proc/{first.pid}")
            await until(lambda: proxy.stat().st_uid == account.uid)
        send(first, signal.SIGKILL)
        await until(lambda: (now := record.read(layout.helper)) and now != first and is_running(now))
        async with asyncio.timeout(20):
            said = await cell.shell("until curl -s -m 5 http://x.invalid/; do :; done")
        assert "x.invalid is not on the list" in said.text
        second = record.read(layout.helper)
        assert second is not None
        warden = await cell.service.adopt()
        assert warden is not None
        send(warden, signal.SIGKILL)
        await until(lambda: not is_running(second))
