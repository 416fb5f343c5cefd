"""`nacre knowledge export`: the operation, into a file whose name tells the format."""

from pathlib import PurePath
from typing import Any

import click

from nacre.surfaces.cli.operation import JSON_OPTION
from nacre.surfaces.cli.output import print_document
from nacre.surfaces.cli.saving import save
from nacre.surfaces.verbs import read_manifest

_VERB = read_manifest()["knowledge.export"]
_FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".parquet": "parquet", ".pq": "parquet"}


@click.command("export", help=f"{_VERB.summary}\n\nWhat kind of file is told by its name, as in handbook.parquet.")
@click.argument("collection")
@click.argument("file")
@click.option("--format", "format_", type=click.Choice(["jsonl", "parquet"]), help="Where the name does not tell.")
@click.option("-f", "--force", is_flag=True, help="Overwrite the file if it is there.")
@click.option("--json", JSON_OPTION, is_flag=True, help="Print one JSON document.")
def command(collection: str, file: str, format_: str | None, force: bool, **options: Any) -> None:
    """Give out a collection as a file; - is standard output."""
    found = format_ or _FORMATS.get(PurePath(file.lower()).suffix)
    if found is None:
        raise click.UsageError("Name the file like handbook.jsonl or handbook.parquet, or say --format.")
    saved = save(_VERB, {"collection": collection, "format": found}, file, force=force)
    if options[JSON_OPTION] and saved:
        print_document(saved)
