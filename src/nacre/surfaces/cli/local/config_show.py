"""`nacre config show`."""

import os
from typing import Any

import click

from nacre.surfaces.cli.operation import JSON_OPTION, json_option
from nacre.surfaces.cli.output import console, print_document


@click.command(params=[json_option()])
def command(**values: Any) -> None:
    """Show every setting, its value, and where that came from."""
    from nacre.core.settings import load

    _, sourced = load(os.environ, {})
    settings = [one.model_dump() for one in sourced]
    if values[JSON_OPTION]:
        print_document({"settings": settings})
        return
    from nacre.surfaces.cli.present.generic import show

    show(settings, console())
