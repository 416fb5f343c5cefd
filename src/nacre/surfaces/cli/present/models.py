"""Language models, as several verbs show them to people."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import copyable, table


def listed(models: list[dict[str, Any]], console: Console) -> None:
    """A line for each model, with what it is and how it stands."""
    console.print(table([_row(model) for model in models]))


def shown(model: dict[str, Any], headline: str, console: Console) -> None:
    """One model: a headline, and what was said or is known of it."""
    console.print(Text(headline, "bold"), soft_wrap=True)
    said = {name: value for name, value in model["options"].items() if value not in (None, {})}
    facts = {"asks": asks(model), "at": model["base_url"], "state": _state(model)} | said
    copyable({name.replace("_", " "): str(value) for name, value in facts.items() if value}, console)


def asks(model: dict[str, Any]) -> str:
    """What it stands for: a provider's model, or the names of a chain."""
    if model["tiers"]:
        return ", then ".join(" or ".join(tier) for tier in model["tiers"])
    return f"{model['provider']} {model['model'] or ''}".strip()


def dollars(amount: float) -> str:
    """$0.00042: enough digits to see that something was paid."""
    return f"${amount:.2f}" if amount >= 1 else f"${amount:.3g}"


def _row(model: dict[str, Any]) -> dict[str, Any]:
    options = model["options"]
    prices = (options.get("input_price"), options.get("output_price"))
    return {
        "name": model["name"] + (" (default)" if model["default"] else ""),
        "kind": model["kind"],
        "asks": asks(model),
        "state": _state(model),
        "whose": "everybody's" if model["shared"] else "the project's",
        "$ per million tokens": None if None in prices else f"{prices[0]:g} in, {prices[1]:g} out",
    }


def _state(model: dict[str, Any]) -> str:
    if model["state"] == "no-key":
        return "wants a key"
    until = f" until {model['until'][11:19]}" if model["until"] else ""
    return f"{model['state']}{until}"
