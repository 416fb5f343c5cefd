"""`nacre app list`, for people: the apps, then the previews of branches."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import utc


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("Nothing is published: `nacre publish PROJECT` does that.")
        return
    for kind, title in (("production", ""), ("preview", "\nPreviews")):
        rows = [_row(one) for one in answer if one["kind"] == kind]
        if rows:
            console.print(f"[bold]{title}[/bold]") if title else None
            console.print(table(rows))


def _row(app: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": app["name"],
        "status": app["status"],
        "release": app["release"],
        "of": app["source"],
        "address": app["url"],
        "until": utc(app["expires_at"]) if app["expires_at"] else None,
    }
