"""Saves the bytes that an operation answers with to a file, which appears only when all of it has come."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from nacre.core.errors import Conflict
from nacre.surfaces.cli.transfer import counting, transfer_bar
from nacre.surfaces.cli.where import client_of
from nacre.surfaces.verbs import Verb


def save(verb: Verb, arguments: Mapping[str, Any], target: str, *, force: bool) -> dict[str, Any]:
    """`-` is standard output. Raises Conflict "file-exists" unless with `force`."""
    client = client_of(os.environ)
    if target == "-":
        client.fetch(verb, arguments, sys.stdout.buffer.write)
        return {}
    if Path(target).exists() and not force:
        raise Conflict("file-exists", f"{target} is already there.", hint="Name another file, or overwrite it: -f.")
    with click.open_file(target, "wb", atomic=True) as file:
        with transfer_bar(Path(target).name, None) as advance:
            client.fetch(verb, arguments, counting(file.write, advance))
        return {"file": target, "size_bytes": file.tell()}
