"""What is measured now in the text that Prometheus reads: https://prometheus.io/docs/instrumenting/exposition_formats/."""

from collections.abc import Iterable, Iterator
from math import isnan

from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.measures.measure import Kind, Measure
from nacre.monitoring.sample import Sample

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SUFFIXES = {"bytes": "_bytes", "seconds": "_seconds", "percent": "", "": ""}


def exposition(samples: Iterable[Sample]) -> bytes:
    """The latest sample of each subject. What is not known is left out."""
    from prometheus_client import generate_latest  # only where somebody scrapes

    return generate_latest(_Latest(samples))  # type: ignore[arg-type]


class _Latest:
    """A collector (as the library calls what it asks) of samples that are there already."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._by_kind: dict[str, list[Sample]] = {}
        for one in samples:
            self._by_kind.setdefault(one.subject.kind, []).append(one)

    def collect(self) -> Iterator[object]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        for name, samples in self._by_kind.items():
            kind = KINDS[name]
            for place, measure in enumerate(kind.measures):
                family = (CounterMetricFamily if measure.counter else GaugeMetricFamily)(
                    name_of(kind, measure), measure.help, labels=[kind.label] if kind.label else []
                )
                for one in samples:
                    if not isnan(one.numbers[place]):
                        family.add_metric([one.subject.label] if kind.label else [], one.numbers[place])
                yield family


def name_of(kind: Kind, measure: Measure) -> str:
    """As Prometheus wants it: with its unit; of counters, without the “_total” that the text has."""
    suffix = _SUFFIXES[measure.unit]
    return f"nacre_{kind.name}_{measure.name}{'' if measure.name.endswith(suffix) else suffix}"
