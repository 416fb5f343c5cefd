"""`nacre files download`: the operation, into a file named like the one downloaded, with a bar on a terminal."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from nacre.core.errors import Conflict
from nacre.surfaces.cli.operation import JSON_OPTION
from nacre.surfaces.cli.output import print_document
from nacre.surfaces.cli.transfer import counting, transfer_bar
from nacre.surfaces.cli.where import client_of
from nacre.surfaces.verbs import read_manifest

_VERBS = read_manifest()
_VERB = _VERBS["files.download"]


@click.command("download", help=f"{_VERB.summary}\n\nWithout -o it becomes a file of the same name here.")
@click.argument("ref")
@click.argument("path")
@click.option("--at", help="A moment of the past (default: now).")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="The file to write; - is standard output.")
@click.option("-f", "--force", is_flag=True, help="Overwrite the file if it is there.")
@click.option("--json", JSON_OPTION, is_flag=True, help="Print one JSON document.")
def command(ref: str, path: str, at: str | None, output: str | None, force: bool, **options: Any) -> None:
    """Give out a file of any size."""
    arguments = {"ref": ref, "path": path, **({"at": at} if at is not None else {})}
    client = client_of(os.environ)
    if output == "-":
        client.fetch(_VERB, arguments, sys.stdout.buffer.write)
        return
    target = Path(output or path.rstrip("/").rpartition("/")[2])
    if target.exists() and not force:
        raise Conflict("file-exists", f"{target} is already there.", hint="Name another with -o, or overwrite it: -f.")
    status = client.call(_VERBS["files.stat"], arguments)
    with click.open_file(str(target), "wb", atomic=True) as file:
        with transfer_bar(path, status["size_bytes"]) as advance:
            client.fetch(_VERB, arguments, counting(file.write, advance))
        size_bytes = file.tell()
    if options[JSON_OPTION]:
        print_document({"file": str(target), "size_bytes": size_bytes})
