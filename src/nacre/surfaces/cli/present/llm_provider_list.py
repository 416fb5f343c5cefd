"""`nacre llm provider list`, for people: each with the names of models to begin with."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import copyable


def present(answer: list[dict[str, Any]], console: Console) -> None:
    for provider in answer:
        key = "" if provider["needs_key"] else ", needs no key"
        console.print(Text(f"{provider['name']}: {provider['title']}{key}", "bold"), soft_wrap=True)
        facts = {"at": provider["base_url"], "models": ", ".join(model["name"] for model in provider["models"])}
        if told := {name: value for name, value in facts.items() if value}:
            copyable(told, console)
