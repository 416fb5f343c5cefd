"""`nacre down`."""

import os
from typing import Any

import click

from nacre.surfaces.cli.operation import JSON_OPTION, json_option
from nacre.surfaces.cli.output import print_document
from nacre.surfaces.cli.running import stop
from nacre.surfaces.cli.where import home_of

_WITHIN_S = 90.0


@click.command(
    params=[
        click.Option(["--timeout"], type=float, default=_WITHIN_S, show_default=True, help="Seconds to wait for it."),
        json_option(),
    ]
)
def command(timeout: float, **values: Any) -> None:
    """Stop the daemon and every branch's Postgres, in good order."""
    seconds = stop(home_of(os.environ) / "run", timeout)
    if values[JSON_OPTION]:
        print_document({"stopped": seconds is not None, "seconds": round(seconds or 0, 3)})
    elif seconds is None:
        click.echo("Nacre was not running.")
    else:
        click.echo(f"Nacre stopped in {seconds:.1f} s.")
