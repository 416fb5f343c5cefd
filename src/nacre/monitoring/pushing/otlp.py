"""Samples as OpenTelemetry's protocol takes them by HTTP, in JSON: https://opentelemetry.io/docs/specs/otlp/. Pure."""

import json
from collections import defaultdict
from collections.abc import Sequence
from math import isfinite, isnan
from typing import Any

from nacre import __version__
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.sample import Sample

HEADERS = {"Content-Type": "application/json", "User-Agent": "nacre"}
_UNITS = {"": "1", "bytes": "By", "seconds": "s", "percent": "%"}
_CUMULATIVE = 2


def export_request(samples: Sequence[Sample], instance: str) -> bytes:
    """What is not known is left out. `instance` tells one Nacre from another."""
    points: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for one in samples:
        label = KINDS[one.subject.kind].label
        attributes = [_attribute(label, one.subject.label)] if label else []
        for place, number in enumerate(one.numbers):
            if not isnan(number):
                point = {
                    "attributes": attributes,
                    "timeUnixNano": str(one.time_ms * 1_000_000),
                    "asDouble": _double(number),
                }
                points[one.subject.kind, place].append(point)
    about = {
        "service.name": "nacre", "service.version": __version__, "service.instance.id": instance,
    }  # fmt: skip
    written = {
        "resourceMetrics": [
            {
                "resource": {"attributes": [_attribute(name, value) for name, value in about.items()]},
                "scopeMetrics": [
                    {
                        "scope": {"name": "nacre", "version": __version__},
                        "metrics": [_metric(kind, place, some) for (kind, place), some in points.items()],
                    }
                ],
            }
        ]
    }
    return json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode()


def _metric(kind: str, place: int, points: list[dict[str, Any]]) -> dict[str, Any]:
    measure = KINDS[kind].measures[place]
    said: dict[str, Any] = {"dataPoints": points}
    if measure.counter:
        said |= {"aggregationTemporality": _CUMULATIVE, "isMonotonic": True}
    return {
        "name": f"nacre.{kind}.{measure.name}",
        "description": measure.help,
        "unit": _UNITS[measure.unit],
        "sum" if measure.counter else "gauge": said,
    }


def _double(number: float) -> float | str:
    """What JSON has no number for is text there: one such would have all that is sent with it refused."""
    return number if isfinite(number) else "Infinity" if number > 0 else "-Infinity"


def _attribute(name: str, value: str) -> dict[str, Any]:
    return {"key": name, "value": {"stringValue": value}}
