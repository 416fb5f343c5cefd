"""Counters since the side-car began, per model: what monitoring reads."""

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from nacre.llm.ledger.ledger import Entry

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_UNKNOWN = "(unknown)"  # one for all: whoever may call would otherwise fill the memory with names of their own


@dataclass
class Histogram:
    """How many took up to each bound of BUCKETS_S, and how many longer."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    total_s: float = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS_S, seconds)] += 1
        self.total_s += seconds


@dataclass
class _Counted:
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    cache: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    latency: Histogram = field(default_factory=Histogram)
    first_token: Histogram = field(default_factory=Histogram)


class Metrics:
    def __init__(self) -> None:
        self._models: dict[str, _Counted] = defaultdict(_Counted)

    def count(self, entry: Entry, outcome: str) -> None:
        """Take in a call that is over."""
        counted = self._models[_UNKNOWN if entry.error == "model-not-found" else entry.model or entry.asked]
        counted.calls += 1
        if outcome != "done":
            counted.errors[entry.error or outcome] += 1
        if entry.cache:
            counted.cache[entry.cache] += 1
        if entry.cache or not (entry.begun or outcome == "done"):
            return
        counted.input_tokens += entry.usage.input_tokens
        counted.output_tokens += entry.usage.output_tokens
        counted.cost += entry.cost
        counted.latency.add(entry.seconds)
        if entry.first_s is not None:
            counted.first_token.add(entry.first_s)

    def document(self) -> list[dict[str, Any]]:
        """One object a model; latencies are those of calls that reached a model."""
        return [
            {
                "model": name,
                "calls": one.calls,
                "input_tokens": one.input_tokens,
                "output_tokens": one.output_tokens,
                "cost_usd": one.cost / 1e9,
                "cache_hits": dict(one.cache),
                "errors": dict(one.errors),
                "bounds_s": BUCKETS_S,
                "latency": {"counts": one.latency.counts, "total_s": one.latency.total_s},
                "first_token": {"counts": one.first_token.counts, "total_s": one.first_token.total_s},
            }
            for name, one in sorted(self._models.items())
        ]
