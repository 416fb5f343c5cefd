"""`nacre node join`."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import click

from nacre.core.errors import InvalidInput
from nacre.surfaces.cli.local.runner import CERTIFICATES, TOKEN, read_token
from nacre.surfaces.cli.operation import JSON_OPTION
from nacre.surfaces.cli.output import print_document


@click.command
@click.argument("url")
@click.option("--token", envvar=TOKEN, help=f"The node's token; better by {TOKEN}, which other users cannot read.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file that holds the token.")
@click.option("--listen", default="8430", show_default=True, metavar="[HOST:]PORT", help="Where this node is reached.")
@click.option("--address", default="", metavar="HOST:PORT", help="Where that Nacre finds it, if that is another.")
@click.option("--cacert", type=click.Path(path_type=Path), envvar=CERTIFICATES, help="A root certificate to trust.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where it works (default: node/ in the home).")
@click.option("--json", JSON_OPTION, is_flag=True, help="Print one JSON document once it has joined.")
def command(
    url: str,
    token: str | None,
    token_file: Path | None,
    listen: str,
    address: str,
    cacert: Path | None,
    folder: Path | None,
    **options: Any,
) -> None:
    """Run apps on this machine for a Nacre that runs on another one, at URL.

    No daemon is needed here. That Nacre alone can connect to the port; apps reach their databases through it. Told to
    end (Ctrl-C, SIGTERM) it ends what it runs: drain the node first.
    """
    from nacre.core.settings import load
    from nacre.surfaces.http.log import log_to_stderr
    from nacre.wiring.node import Listening, own_address, run_node
    from nacre.wiring.runner import Joined

    log_to_stderr()
    settings, _ = load(os.environ, {})
    here = settings.model_copy(update={"home": (folder or settings.home / "node").absolute()})
    joined = Joined(url, read_token(token, token_file), cacert)
    host, port = _listen(listen)
    listening = Listening(host, port, address or own_address(url, port))
    as_json = bool(options[JSON_OPTION])
    asyncio.run(run_node(joined, here, listening, lambda told: _greet(url, told.node, listening.address, as_json)))


def _greet(url: str, node: str, address: str, as_json: bool) -> None:
    if as_json:
        print_document({"node": node, "url": url, "address": address})
        sys.stdout.flush()
    else:
        click.echo(f"Node {node} runs apps for {url}, which reaches it at {address}.")


def _listen(said: str) -> tuple[str, int]:
    host, _, port = said.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise InvalidInput("bad-address", f"“{said}” is no port, nor HOST:PORT.", hint="As in 8430 or 192.0.2.7:8430.")
    return host.strip("[]"), int(port)
