"""`nacre person list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import utc


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("Nobody yet: `nacre account link` makes a link for the first.")
        return
    console.print(table([_row(person) for person in answer]))


def _row(person: dict[str, Any]) -> dict[str, Any]:
    seen = person["last_seen_at"]
    return {
        "name": person["name"],
        "called": person["display_name"],
        "e-mail": person["email"],
        "role": person["role"],
        "state": person["state"],
        "member of": [f"{project} ({role})" for project, role in person["memberships"].items()],
        "last seen": utc(seen) if seen else "never",
    }
