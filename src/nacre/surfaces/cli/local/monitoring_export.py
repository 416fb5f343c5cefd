"""`nacre monitoring export`: the operation, into files in a folder."""

import os
from pathlib import Path
from typing import Any

import click

from nacre.core.errors import Conflict
from nacre.surfaces.cli.operation import JSON_OPTION, json_option
from nacre.surfaces.cli.output import console, print_document
from nacre.surfaces.cli.parameters import parameters_of
from nacre.surfaces.cli.where import client_of
from nacre.surfaces.verbs import read_manifest

_VERB = read_manifest()["monitoring.export"]
_FOLDER = click.Argument(["folder"], default=".", type=click.Path(file_okay=False, path_type=Path))
_FORCE = click.Option(["-f", "--force"], is_flag=True, help="Overwrite files that are there.")


@click.command(
    "export",
    params=[*parameters_of(_VERB), _FOLDER, _FORCE, json_option()],
    help=f"{_VERB.summary}\n\n{_VERB.description}\n\nThe files go into FOLDER; without one, here.",
)
def command(folder: Path, force: bool, **values: Any) -> None:
    """Write all files, or none where one is in the way."""
    as_json = values.pop(JSON_OPTION)
    answer = client_of(os.environ).call(_VERB, {name: value for name, value in values.items() if value is not None})
    texts = {folder / file["name"]: file["text"] for file in answer["files"]}
    _check(texts, force)
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text)
    if as_json:
        print_document({"files": [str(path) for path in texts], "steps": answer["steps"]})
        return
    for path in texts:
        console().print(str(path), soft_wrap=True)
    console().print("\nWhat comes next, there:", soft_wrap=True)
    for step in answer["steps"]:
        console().print(f"  {step}", soft_wrap=True, markup=False)


def _check(texts: dict[Path, str], force: bool) -> None:
    there = [str(path) for path in texts if path.exists()]
    if there and not force:
        raise Conflict(
            "file-exists", f"{', '.join(there)} is already there.", hint="Name another folder, or overwrite it: -f."
        )
