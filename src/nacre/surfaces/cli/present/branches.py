"""Branches in a table, without what only programs need of them."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import show as show_any

_SHOWN = ("ref", "state", "parent", "created_at", "files_path")


def show(branches: Sequence[dict[str, Any]], console: Console, none: str) -> None:
    if not branches:
        console.print(none)
        return
    show_any([{name: branch[name] for name in _SHOWN} for branch in branches], console)
