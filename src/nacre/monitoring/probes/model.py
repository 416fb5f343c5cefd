"""Language models, and the budgets for them, as the side-car counts them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nacre.monitoring.measures.measure import Kind
from nacre.monitoring.measures.model import BUDGET, MODEL
from nacre.monitoring.probes.beside import Beside
from nacre.monitoring.traffic import quantile

_PATIENCE_S = 0.5


@dataclass
class OfModels:
    """`ask` has a function of the side-car answer; it is not started for that, so `runs` tells whether it does."""

    ask: Callable[[str], Any]
    runs: Callable[[], bool]
    kind: Kind = MODEL
    _before: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._beside = Beside(lambda: self.ask("metrics") if self.runs() else [], _PATIENCE_S)

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        for one in self._beside.answer():
            before = self._before.get(one["model"])
            self._before[one["model"]] = one
            yield (
                one["model"],
                (
                    one["calls"],
                    sum(count for why, count in one["errors"].items() if why != "cancelled"),
                    sum(one["cache_hits"].values()),
                    one["input_tokens"],
                    one["output_tokens"],
                    one["cost_usd"],
                    quantile(_since(before, one, "latency"), 0.5, one["bounds_s"]),
                    quantile(_since(before, one, "latency"), 0.95, one["bounds_s"]),
                    quantile(_since(before, one, "first_token"), 0.95, one["bounds_s"]),
                ),
            )


@dataclass
class OfBudgets:
    """As OfModels. A label says whose budget it is, as “everybody, day” or “shop: person ann, month”."""

    ask: Callable[[str], Any]
    runs: Callable[[], bool]
    kind: Kind = BUDGET

    def __post_init__(self) -> None:
        self._beside = Beside(lambda: self.ask("spending") if self.runs() else [], _PATIENCE_S)

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        for one in self._beside.answer():
            yield _label(one), (one["usd"], one["spent_usd"])


def _since(before: Mapping[str, Any] | None, now: Mapping[str, Any], what: str) -> list[int]:
    """What came into each bucket since the last look; all of it where the side-car was started anew."""
    counts: list[int] = now[what]["counts"]
    if before is None or before["calls"] > now["calls"]:
        return counts
    return [after - was for after, was in zip(counts, before[what]["counts"], strict=True)]


def _label(budget: Mapping[str, Any]) -> str:
    who = {"": "everybody", "*": f"each {budget['subject']}"}.get(
        budget["name"], f"{budget['subject']} {budget['name']}"
    )
    return f"{budget['project'] + ': ' if budget['project'] else ''}{who}, {budget['period']}"
