"""`nacre addon list`, for people: what there is, what is here, what is missing for the rest."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table


def present(answer: list[dict[str, Any]], console: Console) -> None:
    rows = [
        {
            "name": one["name"],
            "what": f"{one['title']} {one['version']}",
            "state": _state(one),
            "where": one["path"] or ", ".join(one["programs"]),
            "on disk": f"{one['size_mb']} MB",
        }
        for one in answer
    ]
    console.print(table(rows))


def _state(one: dict[str, Any]) -> str:
    if one["installed"]:
        return "installed"
    return f"lacks {', '.join(one['lacks'])}" if one["lacks"] else "not installed"
