"""A query made ready: which chunks may have lines that meet it, and which lines of a chunk do."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from zlib import crc32

from nacre.engines.logs.columns import Columns
from nacre.engines.logs.folding import folded
from nacre.engines.logs.line import Level
from nacre.engines.logs.query import Condition, Expression, Part, Phrase, Query
from nacre.engines.logs.reader import Chunk
from nacre.engines.logs.words import whole


class Plan:
    """Raises QueryRefused where an expression cannot be read."""

    def __init__(self, query: Query) -> None:
        self.query = query
        words = {word for condition in query.conditions for word in condition.words}
        # The longest first: it is the rarest, so that for most blocks one look is enough.
        self._hashes = [crc32(word) for word in sorted(words, key=len, reverse=True)]
        self.anchored = max(
            (one for one in query.conditions if one.anchor), key=lambda one: len(one.anchor), default=None
        )
        """The condition by whose anchor lines are found; where there is none, each line is looked at."""
        for expression in query.conditions:
            if isinstance(expression, Expression):
                _ = expression.compiled

    def may_have(self, chunk: Chunk) -> bool:
        return self._in_reach(chunk) and chunk.may_have(self._hashes)

    def all_in_reach(self, chunk: Chunk) -> bool:
        return self.all_in_time(chunk) and not any(chunk.levels[: self.query.least])

    def all_in_time(self, chunk: Chunk) -> bool:
        query = self.query
        return (query.since_ms is None or chunk.least_ms >= query.since_ms) and (
            query.until_ms is None or chunk.greatest_ms < query.until_ms
        )

    def _in_reach(self, chunk: Chunk) -> bool:
        """Whether some of its lines may be of the time and the level."""
        query = self.query
        if query.since_ms is not None and chunk.greatest_ms < query.since_ms:
            return False
        if query.until_ms is not None and chunk.least_ms >= query.until_ms:
            return False
        return query.least == Level.UNKNOWN or any(chunk.levels[query.least :])

    def in_reach(self, columns: Columns, at: int) -> bool:
        """Whether that line is of the time and the level."""
        query, time_ms = self.query, columns.times[at]
        return (
            columns.levels[at] >= query.least
            and (query.since_ms is None or time_ms >= query.since_ms)
            and (query.until_ms is None or time_ms < query.until_ms)
        )


class Sieve:
    """The lines of a chunk: the places of those that may meet a plan's query, and whether one does."""

    def __init__(self, plan: Plan, chunk: Chunk, columns: Columns) -> None:
        self._plan, self._columns = plan, columns
        self._all_in_reach = plan.all_in_reach(chunk)
        self._conditions = plan.query.conditions
        self.candidates: Sequence[int] = range(len(columns))
        if not self._conditions:
            return
        if not all(one.may_match_in(columns.texts) for one in self._conditions if isinstance(one, Expression)):
            self.candidates = ()
            return
        self._plain = folded(columns.texts)
        if plan.anchored is not None:
            self.candidates = self._having(plan.anchored)
            if isinstance(plan.anchored, Phrase | Part):
                self._conditions = [one for one in self._conditions if one is not plan.anchored]

    def meets(self, at: int) -> bool:
        if not self._all_in_reach and not self._plan.in_reach(self._columns, at):
            return False
        if not self._conditions:
            return True
        text, plain = self._columns.text(at), self._plain[self._starts[at] : self._starts[at + 1] - 1]
        return all(condition.met(text, plain) for condition in self._conditions)

    @cached_property
    def _starts(self) -> list[int]:
        """Where the lines begin in what is folded."""
        columns, plain = self._columns, self._plain
        if len(plain) == len(columns.texts) and plain.isascii():
            return columns.starts
        lines = plain.split(b"\n")[:-1]
        if len(lines) != len(columns):  # some have line ends within
            lines = [folded(columns.text(at)) for at in range(len(columns))]
        return list(accumulate((len(line) + 1 for line in lines), initial=0))

    def _having(self, condition: Condition) -> list[int]:
        """Line by line: one that has it twice is one candidate."""
        found, plain, anchor = [], self._plain, condition.anchor
        ends_matter = isinstance(condition, Phrase)
        offset = plain.find(anchor)
        while offset >= 0:
            if ends_matter and not whole(plain, offset, offset + len(anchor)):
                offset = plain.find(anchor, offset + 1)
                continue
            at = bisect_right(self._starts, offset) - 1
            found.append(at)
            offset = plain.find(anchor, self._starts[at + 1])
        return found
