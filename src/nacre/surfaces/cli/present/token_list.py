"""`nacre token list`, for people: whether each still works comes before how it was made."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import utc


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("No tokens yet: `nacre token create NAME` makes one.")
        return
    console.print(table([_row(token) for token in answer]))


def _row(token: dict[str, Any]) -> dict[str, Any]:
    used = token["last_used_at"]
    return {
        "id": token["id"],
        "name": token["name"],
        "acts for": token["person"],
        "role": token["role"],
        "projects": "all" if token["projects"] is None else token["projects"],
        "works": _works(token),
        "last used": utc(used) if used else "never",
    }


def _works(token: dict[str, Any]) -> str:
    if token["revoked_at"]:
        return f"revoked {utc(token['revoked_at'])}"
    return f"until {utc(token['expires_at'])}" if token["expires_at"] else "until revoked"
