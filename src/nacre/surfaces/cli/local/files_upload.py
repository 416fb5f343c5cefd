"""`nacre files upload`: sends files and folders of this machine in pieces, going on where an earlier try broke off."""

import hashlib
import mimetypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from nacre.core.errors import InvalidInput
from nacre.surfaces.cli.operation import JSON_OPTION
from nacre.surfaces.cli.output import print_document
from nacre.surfaces.cli.transfer import transfer_bar
from nacre.surfaces.cli.where import client_of
from nacre.surfaces.client import Client
from nacre.surfaces.verbs import read_manifest

_VERBS = read_manifest()


@click.command("upload")
@click.argument("ref")
@click.argument("local", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--to", default="", help="The folder of the branch to put them in (default: the topmost).")
@click.option(
    "--collision",
    type=click.Choice(["refuse", "replace", "keep-both"]),
    default="refuse",
    help="What to do where something is there already.",
)
@click.option("--json", JSON_OPTION, is_flag=True, help="Print one JSON document.")
def command(ref: str, local: tuple[Path, ...], to: str, collision: str, **options: Any) -> None:
    """Send files, and folders with all below them, to a branch.

    Files of any size go in pieces. Where an earlier try broke off, it goes on; what arrives is checked by its digest.
    """
    client = client_of(os.environ)
    sent = [_send(client, ref, path, f"{to}/{name}".lstrip("/"), collision) for path, name in _files(local)]
    if options[JSON_OPTION]:
        print_document(sent)
        return
    for answer in sent:
        click.echo(f"{answer['paths'][0]}  {answer['size_bytes']:,} bytes, {answer['media_type']}")


def _files(local: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """Every file, with its path from where the one named began; symlinks are left out."""
    for top in local:
        if top.is_file():
            yield top, top.name
            continue
        base = top.resolve()
        for folder, folders, names in os.walk(base):
            folders.sort()
            for name in sorted(names):
                path = Path(folder) / name
                if path.is_file() and not path.is_symlink():
                    yield path, str(Path(base.name) / path.relative_to(base))


def _send(client: Client, ref: str, path: Path, to: str, collision: str) -> Any:
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    upload = _unfinished(client, ref, to, size_bytes)
    if upload is None:
        declared = mimetypes.guess_type(path.name)
        upload = client.call(
            _VERBS["upload.begin"],
            {
                "ref": ref,
                "path": to,
                "size_bytes": size_bytes,
                "media_type": "" if declared[1] else declared[0] or "",
                "sha256": digest,
                "collision": collision,
            },
        )
    with transfer_bar(to, size_bytes) as advance:
        _send_pieces(client, ref, upload, path, advance)
    return client.call(_VERBS["upload.finish"], {"ref": ref, "id": upload["id"], "collision": collision})


def _unfinished(client: Client, ref: str, to: str, size_bytes: int) -> Any:
    found = client.call(_VERBS["upload.list"], {"ref": ref})
    return next((one for one in found if (one["path"], one["size_bytes"]) == (to, size_bytes)), None)


def _send_pieces(client: Client, ref: str, upload: Any, path: Path, advance: Callable[[int], None]) -> None:
    advance(upload["received_bytes"])
    with path.open("rb") as file:
        file.seek(upload["received_bytes"])
        while upload["received_bytes"] < upload["size_bytes"]:
            offset = upload["received_bytes"]
            piece = file.read(min(upload["piece_bytes"], upload["size_bytes"] - offset))
            if not piece:
                raise InvalidInput("file-changed", f"{path} became shorter while it was sent.", hint="Send it again.")
            arguments = {"ref": ref, "id": upload["id"], "offset": offset, "content": piece}
            upload = client.call(_VERBS["upload.append"], arguments)
            advance(len(piece))
