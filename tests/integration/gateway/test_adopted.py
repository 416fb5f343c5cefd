"""A Caddy that serves goes on under the next daemon: whatever addresses the machine has by now, and as long as it works
in the folder that the switchboard renames."""

import os
import shutil
from pathlib import Path

import httpx
import pytest
from tests.integration.gateway.upstream import upstream_at
from tests.ports import free_port

from nacre.core.settings import Settings
from nacre.engines.caddy import program
from nacre.engines.caddy.service import Caddy, Plan
from nacre.gateway.configuration.configuration import configuration
from nacre.gateway.site import Site


async def test_one_that_works_where_the_switchboard_is_not_any_more_is_replaced(tmp_path: Path) -> None:
    site = Site.of(Settings(home=tmp_path, port=free_port(), content_port=free_port(), mode="full"))
    for folder in (site.state, site.run):
        folder.mkdir()
    before = _caddy(site)
    with upstream_at(site.run / "1.sock") as first, upstream_at(site.run / "2.sock") as second:
        await before.start()
        try:
            for release in (first, second, first):
                site.switchboard.switch({"shop": release.path})
                assert await _app(site) == 200 and len(release.seen) > 0
                release.seen.clear()
            assert await _caddy(site).adopt() is not None, "it is the same folder, whatever it is called by now"

            shutil.rmtree(site.run / "switchboard")
            after = _caddy(site)
            site.switchboard.switch({"shop": second.path})
            assert await after.adopt() is None
            await after.start()
            assert await _app(site) == 200 and len(second.seen) > 0
        finally:
            await before.stop()


@pytest.mark.parametrize(("others", "says", "stays"), [
    (("192.0.2.7", "192.0.2.8"), "here", True),
    ((), "here", True),
    (("192.0.2.7",), "elsewhere", False),
])  # fmt: skip
async def test_one_whose_configuration_names_other_addresses_goes_on_and_any_other_is_replaced(
    tmp_path: Path, others: tuple[str, ...], says: str, stays: bool
) -> None:
    port = free_port()
    first = Caddy(_plan(tmp_path, port, "192.0.2.7"))
    started = await first.start()
    try:
        again = Caddy(_plan(tmp_path, port, *others, says=says))
        assert await again.adopt() == (started if stays else None)
    finally:
        await first.stop()


async def _app(site: Site) -> int:
    async with httpx.AsyncClient(verify=False) as client:
        return (await client.get(f"https://localhost:{site.content_port}/apps/shop/")).status_code


def _caddy(site: Site) -> Caddy:
    site.switchboard.lay_out()
    return Caddy(
        Plan(
            program=program.find(),
            configuration=configuration(site, ()),
            folder=site.state,
            host=site.host,
            ports=site.ports,
            log_path=site.run / "gateway.log",
            record=site.run / "gateway.json",
            account=None,
            certified=("localhost",),
            works_in=Path(f"/proc/{os.getpid()}/fd/{site.switchboard.standing()}"),
        )
    )


def _plan(folder: Path, port: int, *addresses: str, says: str = "here") -> Plan:
    answers = {"handler": "static_response", "body": says}
    served = {"match": [{"host": ["localhost", *addresses]}], "handle": [answers]}
    server = {"listen": [f"127.0.0.1:{port}"], "routes": [served], "automatic_https": {"disable": True}}
    return Plan(
        program=program.find(),
        configuration={"admin": {"disabled": True}, "apps": {"http": {"servers": {"only": server}}}},
        folder=folder,
        host="127.0.0.1",
        ports=(port,),
        log_path=folder / "gateway.log",
        record=folder / "gateway.json",
        account=None,
        passing=frozenset(addresses),
    )
