"""`nacre llm metrics`, for people: totals, with times for a half and for nearly all of the calls."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.generic import table
from nacre.surfaces.cli.present.models import dollars
from nacre.surfaces.cli.present.units import duration


def present(answer: list[dict[str, Any]], console: Console) -> None:
    if not answer:
        console.print("Nothing was asked since the side-car began.")
        return
    console.print(table([_row(one) for one in answer]))


def _row(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "model": one["model"],
        "calls": one["calls"],
        "from_the_cache": sum(one["cache_hits"].values()),
        "errors": ", ".join(f"{count} {code}" for code, count in sorted(one["errors"].items())) or None,
        "tokens": f"{one['input_tokens']:,} + {one['output_tokens']:,}",
        "cost": dollars(one["cost_usd"]),
        "half_within": _within(one["latency"]["counts"], one["bounds_s"], 0.5),
        "95%_within": _within(one["latency"]["counts"], one["bounds_s"], 0.95),
    }


def _within(counts: list[int], bounds_s: list[float], share: float) -> str | None:
    """The first bound that this share of the calls stayed below."""
    total, seen = sum(counts), 0
    for count, bound_s in zip(counts, bounds_s, strict=False):
        seen += count
        if total and seen >= total * share:
            return duration(bound_s)
    return f"over {duration(bounds_s[-1])}" if total else None
