"""`nacre top`."""

import os
import time

import click

from nacre.surfaces.cli.operation import JSON_OPTION, json_option
from nacre.surfaces.cli.output import console, print_document
from nacre.surfaces.cli.where import client_of
from nacre.surfaces.verbs import read_manifest


@click.command(params=[json_option()])
@click.option("--every", default=2.0, type=click.FloatRange(min=0.5), help="Seconds between two looks.")
def command(every: float, **values: bool) -> None:
    """Watch the machine, Nacre, every database and every app, until you stop it with Ctrl C; with --json, look once."""
    from rich.live import Live

    from nacre.surfaces.cli.present.monitoring_now import frame

    client, verb = client_of(os.environ), read_manifest()["monitoring.now"]
    if values[JSON_OPTION]:
        print_document(client.call(verb, {}))
        return
    with Live(
        frame(client.call(verb, {})), console=console(), auto_refresh=False, screen=console().is_terminal
    ) as live:
        while True:
            time.sleep(every)
            live.update(frame(client.call(verb, {})), refresh=True)
