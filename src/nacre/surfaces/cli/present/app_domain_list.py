"""`nacre app domain list`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table

_DNS = {"here": "✓ leads here", "elsewhere": "✗ leads elsewhere", "nowhere": "✗ has no address"}


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("No domains of its own: `nacre app domain add APP shop.example.com` leads one to it.")
        return
    console.print(table([_row(one) for one in answer]))
    for one in answer:
        if one["next"]:
            console.print(Text(f"{one['shown']}: {one['next']}"), soft_wrap=True)


def _row(one: dict[str, Any]) -> dict[str, Any]:
    until = one["certified_until"]
    certificates = {
        "valid": f"✓ until {until[:10] if until else ''}",
        "at-first-visit": "made at the first visit",
        "waits-for-dns": "waits for the DNS",
    }
    return {
        "domain": one["shown"],
        "address": one["url"],
        "dns": _DNS[one["dns"]],
        "certificate": certificates[one["certificate"]],
    }
