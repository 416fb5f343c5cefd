"""`nacre llm vectorizer list`, for people: how far each is, and what holds it up."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import table


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("None yet: `nacre llm vectorizer create` makes one for a table.")
        return
    console.print(table([_row(one) for one in answer]))
    for one in answer:
        if one["reason"] is not None:
            console.print(Text(f"{one['name']}: {one['reason']}"), soft_wrap=True)


def _row(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": one["name"],
        "of": f"{one['source']} ({', '.join(one['columns'])})",
        "state": one["state"],
        "waiting": one["pending"] + one["in_hand"],
        "failed": one["failed"],
        "vectors": one["chunks"],
        "model": one["model"],
        "index": one["index"],
    }
