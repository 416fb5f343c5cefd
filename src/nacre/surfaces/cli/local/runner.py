"""`nacre runner`."""

import os
import signal
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import click

from nacre.core.errors import InvalidInput
from nacre.core.names import check_slug
from nacre.surfaces.cli.operation import JSON_OPTION
from nacre.surfaces.cli.output import print_document

TOKEN, CERTIFICATES = "NACRE_NODE_TOKEN", "NACRE_CA"


@click.command
@click.option("--join", "url", required=True, metavar="URL", help="The Nacre to build for, as `node add` shows it.")
@click.option("--token", envvar=TOKEN, help=f"The node's token; better by {TOKEN}, which other users cannot read.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file that holds the token.")
@click.option("--name", default="", help="Tells this process from others that have the same token.")
@click.option("--slots", type=click.IntRange(1, 64), default=1, show_default=True, help="Builds side by side.")
@click.option("--cacert", type=click.Path(path_type=Path), envvar=CERTIFICATES, help="A root certificate to trust.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where it works (default: runner/ in the home).")
@click.option("--json", JSON_OPTION, is_flag=True, help="Print one JSON document once it has joined.")
def command(
    url: str,
    token: str | None,
    token_file: Path | None,
    name: str,
    slots: int,
    cacert: Path | None,
    folder: Path | None,
    **options: Any,
) -> None:
    """Build on this machine for a Nacre that runs on another one.

    No daemon is needed here. It asks for builds until it is told to end (Ctrl-C, SIGTERM), and gives back what it has
    in hand then.
    """
    from nacre.core.settings import load
    from nacre.surfaces.http.log import log_to_stderr
    from nacre.wiring.runner import Joined, run_here

    if name:
        check_slug(name, "runner")
    log_to_stderr()
    stop = _told_to_end()
    settings, _ = load(os.environ, {})
    here = settings.model_copy(update={"home": (folder or settings.home / "runner").absolute()})
    joined = Joined(url, read_token(token, token_file), cacert)
    as_json = bool(options[JSON_OPTION])
    run_here(joined, here, name, slots, stop, lambda hello: _greet(url, hello.node, slots, as_json))


def _told_to_end() -> threading.Event:
    """Set by a thread of its own: a handler runs within whatever waits for the event, and could wait for itself."""
    stop, told = threading.Event(), SimpleQueue[int]()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: told.put(number))

    def pass_on() -> None:
        told.get()
        stop.set()

    threading.Thread(target=pass_on, daemon=True).start()
    return stop


def _greet(url: str, node: str, slots: int, as_json: bool) -> None:
    if as_json:
        print_document({"node": node, "url": url, "slots": slots})
        sys.stdout.flush()
    else:
        click.echo(f"Node {node} builds for {url}, {slots} at a time.")


def read_token(given: str | None, file: Path | None) -> str:
    """Raises InvalidInput "no-node-token"."""
    try:
        token = file.read_text().strip() if file is not None else (given or "").strip()
    except OSError as error:
        raise InvalidInput("no-node-token", f"{file} cannot be read: {error.strerror}.") from None
    if not token:
        raise InvalidInput(
            "no-node-token",
            "A runner joins by the token of its node, and none was given.",
            hint=f"`nacre node add NAME` makes one; set {TOKEN} to it, or name a file by --token-file.",
        )
    return token
