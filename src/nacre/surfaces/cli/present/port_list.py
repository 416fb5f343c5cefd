"""`nacre ports`, for people: what listens, who may reach it, and what should not be so."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table

_FROM = {
    "daemon": "only Nacre itself",
    "sandbox": "only its own sandbox",
    "machine": "this machine",
    "network": "the network",
}
_NEEDS = {
    "nothing": "everybody",
    "membership": "members of the project, signed in",
    "sign-in": "whoever is signed in",
    "password": "whoever has the password",
    "token": "whoever has a token",
    "ownership": "the owner",
}
_STATES = {"as-configured": "✓", "unexpected": "✗ unexpected", "missing": "✗ missing"}


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("Nothing listens here that belongs to projects of yours.")
        return
    console.print(table([_row(one) for one in answer]))
    wrong = [one for one in answer if one["why"]]
    if not wrong:
        console.print("\nAll of it is as configured, and nothing else of Nacre's listens.")
        return
    console.print()
    for one in wrong:
        console.print(Text(f"✗ {one['address']} ({one['what']}): {one['why']}"), soft_wrap=True)


def _row(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "what": one["what"],
        "address": f"{one['protocol']} {one['address']}",
        "who may reach it": who_may(one["reach"], one["needs"]),
        "pid": one["pid"],
        "as configured": _STATES[one["state"]],
    }


def who_may(reach: str, needs: str) -> str:
    """In words: what lies behind the gateway is reached by whom the gateway lets through."""
    if reach in ("daemon", "sandbox"):
        return _FROM[reach]
    if needs in ("gateway", "password") and reach == "gateway":
        return "only the gateway" if needs == "gateway" else "Nacre's own account, with the password"
    if reach == "gateway":
        return f"{_NEEDS[needs]}, through the gateway"
    return f"{_FROM[reach]}: {_NEEDS[needs]}"
