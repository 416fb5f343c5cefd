"""A one-time link, on a line of its own so that it can be copied."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import utc


def show(link: dict[str, Any], console: Console, words: str) -> None:
    console.print(Text(f"{words}, once, until {utc(link['expires_at'])}:"), soft_wrap=True)
    console.print(Text(link["url"], "bold"), soft_wrap=True)
