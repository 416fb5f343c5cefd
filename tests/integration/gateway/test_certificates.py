"""A gateway that serves has its certificates, whatever the one before left behind."""

import ssl
import time
from pathlib import Path

import httpx
from tests.ports import free_port

from nacre.core.settings import Settings
from nacre.engines.caddy import program
from nacre.engines.caddy.service import Caddy, Plan
from nacre.gateway.configuration.configuration import configuration
from nacre.gateway.site import Site


async def test_one_that_was_killed_while_it_made_certificates_does_not_hold_up_the_next(tmp_path: Path) -> None:
    port, content_port = free_port(), free_port()
    site = Site.of(Settings(home=tmp_path, port=port, content_port=content_port, mode="full"))
    (site.state / "locks").mkdir(parents=True)
    site.run.mkdir()
    for name in ("localhost", "127.0.0.1"):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        (site.state / "locks" / f"issue_cert_{name}.lock").write_text(f'{{"created":"{now}","updated":"{now}"}}')
    root = site.state / "pki" / "authorities" / "local" / "root.crt"
    caddy = Caddy(
        Plan(
            program=program.find(),
            configuration=configuration(site, ()),
            folder=site.state,
            host=site.host,
            ports=site.ports,
            log_path=tmp_path / "gateway.log",
            record=site.run / "gateway.json",
            account=None,
            certified=("localhost", "127.0.0.1"),
            trusted=root,
        )
    )
    before = time.monotonic()
    await caddy.start()
    try:
        # A lock is respected for ten seconds after its owner last renewed it.
        assert time.monotonic() - before < 9
        trusted = ssl.create_default_context(cafile=str(root))
        async with httpx.AsyncClient(verify=trusted) as client:
            for name in ("localhost", "127.0.0.1"):
                assert (await client.get(f"https://{name}:{port}/assets/none")).status_code == 404
    finally:
        await caddy.stop()
