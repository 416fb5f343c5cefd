"""`nacre session list`, for people."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.units import utc


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("Signed in nowhere.")
        return
    console.print(table([_row(session) for session in answer]))


def _row(session: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": session["id"],
        "person": session["person"],
        "from": session["address"],
        "with": session["agent"],
        "since": utc(session["created_at"]),
        "last used": utc(session["last_used_at"]),
        "ends": utc(session["expires_at"]),
        "": "this one" if session["current"] else "",
    }
