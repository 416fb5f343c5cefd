"""`nacre history collect`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import counted, duration, size


def present(answer: dict[str, Any], console: Console) -> None:
    gone = f"{counted(answer['bases_removed'], 'base')} and {counted(answer['generations_removed'], 'generation')}"
    freed = max(0, answer["freed_bytes"])
    console.print(
        Text(f"Let go of {gone} ({duration(answer['seconds'])}); {size(freed)} of the disk became free meanwhile"),
        soft_wrap=True,
    )
