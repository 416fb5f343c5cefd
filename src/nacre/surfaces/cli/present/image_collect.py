"""`nacre image collect`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import counted, duration, size


def present(answer: dict[str, Any], console: Console) -> None:
    gone = (
        f"{counted(answer['blobs_removed'], 'blob')} and the tags of {counted(answer['tags_removed'], 'old release')}"
    )
    console.print(
        Text(f"Removed {gone} ({duration(answer['seconds'])}): {size(answer['freed_bytes'])} freed"), soft_wrap=True
    )
