"""`nacre member list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("No members: only admins may work here. `nacre member set PROJECT PERSON` adds somebody.")
        return
    console.print(table([{name: member[name] for name in ("name", "display_name", "role")} for member in answer]))
