"""`nacre system backup`: the operation, into a file."""

from typing import Any

import click

from nacre.surfaces.cli.operation import JSON_OPTION
from nacre.surfaces.cli.output import print_document
from nacre.surfaces.cli.saving import save
from nacre.surfaces.verbs import read_manifest

_VERB = read_manifest()["system.backup"]


@click.command("backup", help=f"{_VERB.summary}\n\n{_VERB.description}")
@click.argument("file")
@click.option("-f", "--force", is_flag=True, help="Overwrite the file if it is there.")
@click.option("--json", JSON_OPTION, is_flag=True, help="Print one JSON document.")
def command(file: str, force: bool, **options: Any) -> None:
    """Copy data.db into a file; - is standard output."""
    saved = save(_VERB, {}, file, force=force)
    if options[JSON_OPTION] and saved:
        print_document(saved)
