"""`nacre version`."""

import platform

import click

from nacre import __version__
from nacre.surfaces.cli.operation import JSON_OPTION, json_option
from nacre.surfaces.cli.output import print_document


@click.command(params=[json_option()])
def command(**values: bool) -> None:
    """Print the version of Nacre."""
    if values[JSON_OPTION]:
        print_document({"version": __version__, "python": platform.python_version()})
    else:
        click.echo(f"nacre {__version__}")
