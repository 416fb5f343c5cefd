"""Which states along a chain of WAL can be recovered from which bases, around WAL that is damaged. Pure rules.

A state is named by its cut: the position before which everything belongs to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

END = 1 << 63


@dataclass(frozen=True, order=True)
class Span:
    """Positions from `start` to before `end` (END: without end)."""

    start: int
    end: int = END


@dataclass(frozen=True)
class Anchor:
    """A base: it leads to cuts from `end` on, and replays WAL from `replay_from`."""

    replay_from: int
    end: int


def reachable(anchors: Iterable[Anchor], gaps: Sequence[Span] = ()) -> list[Span]:
    """The cuts that can be recovered from any of `anchors` without WAL that lies in one of `gaps`."""
    spans = []
    for anchor in anchors:
        stop = min((gap.start for gap in gaps if gap.end > anchor.replay_from), default=END)
        spans.append(Span(anchor.end, stop))
    return _merged(spans)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """The parts of `spans` that lie in none of `taken`."""
    left = _merged(spans)
    for hole in taken:
        left = [
            part
            for span in left
            for part in (Span(span.start, min(span.end, hole.start)), Span(max(span.start, hole.end), span.end))
            if part.start < part.end
        ]
    return left


def within(spans: Iterable[Span], limits: Iterable[Span]) -> list[Span]:
    """The parts of `spans` that lie in one of `limits`."""
    taken = _merged(spans)
    return without(taken, without(taken, limits))


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
