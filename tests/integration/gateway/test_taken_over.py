"""A Caddy that serves is interrupted for another configuration, but not for an address that came or went."""

from pathlib import Path

import pytest
from tests.ports import free_port

from nacre.engines.caddy import program
from nacre.engines.caddy.service import Caddy, Plan


def plan(folder: Path, port: int, *addresses: str, says: str = "here") -> Plan:
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


@pytest.mark.parametrize(("others", "says", "stays"), [
    (("192.0.2.7", "192.0.2.8"), "here", True),
    ((), "here", True),
    (("192.0.2.7",), "elsewhere", False),
])  # fmt: skip
async def test_it_serves_on_when_only_addresses_differ(
    tmp_path: Path, others: tuple[str, ...], says: str, stays: bool
) -> None:
    port = free_port()
    first = Caddy(plan(tmp_path, port, "192.0.2.7"))
    started = await first.start()
    try:
        again = Caddy(plan(tmp_path, port, *others, says=says))
        assert await again.adopt() == (started if stays else None)
    finally:
        await first.stop()
