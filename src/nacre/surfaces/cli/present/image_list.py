"""`nacre image list`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import size


def present(answer: dict[str, Any], console: Console) -> None:
    if not answer["images"]:
        console.print("No images: publishing an app makes the first.")
        return
    rows = [
        {
            "repository": one["repository"],
            "tags": ", ".join(one["tags"]) or None,
            "digest": one["digest"].removeprefix("sha256:")[:12],
            "size": size(one["size_bytes"]),
            "shared": size(one["shared_bytes"]),
            "pushed at": one["pushed_at"],
        }
        for one in answer["images"]
    ]
    console.print(table(rows))
    console.print(Text(f"\n{size(answer['stored_bytes'])} on disk, each shared layer once"))
