"""Several questions as one: each has readers of its own and a query, for some see of a log a part alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import merge

from nacre.engines.logs.counts import Counts, counts
from nacre.engines.logs.line import Line
from nacre.engines.logs.query import Query
from nacre.engines.logs.reader import Reader
from nacre.engines.logs.search import Found, around, follow, search

_WITHIN_S = 5.0


@dataclass(frozen=True)
class Part:
    """`whole`: of these logs every line is asked for that meets what the caller asks."""

    readers: Mapping[str, Reader]
    query: Query
    whole: bool


def search_several(several: Sequence[Part], before: Mapping[str, int], most: int) -> Found:
    """As engines/logs/search.py has it."""
    within_s = _WITHIN_S / max(len(several), 1)
    found = [search(one.readers, one.query, before=before, most=most, within_s=within_s) for one in several]
    if len(found) == 1:
        return found[0]
    hits = list(merge(*(one.hits for one in found), key=lambda hit: -hit.line.time_ms))
    reached = {key: number for one in found for key, number in one.reached.items()}
    for hit in reversed(hits[most:]):  # they come with the next page
        reached[hit.shelf] = hit.line.number + 1
    finished = len(hits) <= most and all(one.finished for one in found)
    return Found(hits[:most], reached, finished, [missing for one in found for missing in one.missing])


def follow_several(several: Sequence[Part], after: Mapping[str, int]) -> Found:
    """As engines/logs/search.py has it. Nothing comes before what another part has yet to give of an earlier time."""
    found = [follow(one.readers, one.query, after=after) for one in several]
    hits = list(merge(*(one.hits for one in found), key=lambda hit: hit.line.time_ms))
    reached = {key: number for one in found for key, number in one.reached.items()}
    given_ms = [one.hits[-1].line.time_ms for one in found if one.hits and not one.finished]
    later = (at for at, hit in enumerate(hits) if given_ms and at and hit.line.time_ms > min(given_ms))
    end = next(later, len(hits))
    for hit in reversed(hits[end:]):  # they come the next time
        reached[hit.shelf] = hit.line.number
    missing = [missing for one in found for missing in one.missing]
    return Found(hits[:end], reached, all(one.finished for one in found), missing)


def count_several(several: Sequence[Part], since_ms: int, until_ms: int, most: int) -> Counts:
    """As engines/logs/counts.py has it: all have the same steps."""
    within_s = _WITHIN_S / max(len(several), 1)
    found = [
        counts(one.readers, one.query, since_ms, until_ms, most=most, within_s=within_s)
        for one in several or [Part({}, Query(), True)]
    ]
    together = zip(*(one.buckets for one in found), strict=True)
    summed = [[sum(level) for level in zip(*bucket, strict=True)] for bucket in together]
    whole = [one.whole_from_ms for one in found if one.whole_from_ms is not None]
    missing = [each for one in found for each in one.missing]
    return replace(found[0], buckets=summed, whole_from_ms=max(whole, default=None), missing=missing)


def around_in(part: Part, key: str, number: int, before: int, after: int) -> Sequence[Line]:
    """The line of that number with its neighbours, the oldest first: of a part of a log those that are in it, too."""
    if part.whole:
        return around(part.readers[key], number, before, after)
    older = search(part.readers, part.query, before={key: number + 1}, most=before + 1).hits
    newer = follow(part.readers, part.query, after={key: number + 1}, most=after).hits
    return [hit.line for hit in (*reversed(older), *newer)]
