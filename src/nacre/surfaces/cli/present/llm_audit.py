"""`nacre llm audit`, for people: a line for each call, newest first."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.models import dollars
from nacre.surfaces.cli.present.units import duration, utc

_COLOURS = {"done": "green", "failed": "red", "lost": "red", "cancelled": "yellow", "started": "yellow"}


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("Nothing was asked yet.")
    for call in answer:
        who = call["person"] or f"{call['role']} in {call['site']}"
        line = Text(f"{call['request_id']}  {utc(call['at'])}  {who}  {call['purpose']}  ")
        line.append(f"{call['model'] or call['asked']}  ")
        line.append(
            call["outcome"] + (f" ({call['error']})" if call["error"] else ""), _COLOURS.get(call["outcome"], "")
        )
        line.append(f"  {_took(call)}")
        console.print(line, soft_wrap=True)


def _took(call: dict[str, Any]) -> str:
    if call["cache"]:
        return "from the cache"
    tokens = f"{call['input_tokens']:,} + {call['output_tokens']:,} tokens"
    time = f", {duration(call['seconds'])}" if call["seconds"] is not None else ""
    return f"{tokens}{time}, {dollars(call['cost_usd'])}"
