"""A query made ready: which chunks may have lines that meet it, and which lines of a chunk do."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from zlib import crc32

from nacre.engines.logs.columns import Columns
from nacre.engines.logs.folding import folded
from nacre.engines.logs.line import Level
from nacre.engines.logs.query import Expression, Query
from nacre.engines.logs.reader import Chunk


class Plan:
    """Raises QueryRefused where an expression cannot be read."""

    def __init__(self, query: Query) -> None:
        self.query = query
        words = {word for condition in query.conditions for word in condition.words}
        # The longest first: it is the rarest, so that for most blocks one look is enough.
        self._hashes = [crc32(word) for word in sorted(words, key=len, reverse=True)]
        self.anchor = max((condition.anchor for condition in query.conditions), key=len, default=b"")
        for expression in query.conditions:
            if isinstance(expression, Expression):
                _ = expression.compiled

    def may_have(self, chunk: Chunk) -> bool:
        return self._in_reach(chunk) and chunk.may_have(self._hashes)

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

    def __init__(self, plan: Plan, columns: Columns) -> None:
        self._plan, self._columns = plan, columns
        self._conditions = plan.query.conditions
        self.candidates: Sequence[int] = range(len(columns))
        if self._conditions:
            self._fold()
            if not all(one.may_match_in(columns.texts) for one in self._expressions()):
                self.candidates = ()
            elif plan.anchor:
                self.candidates = self._having(plan.anchor)

    def meets(self, at: int) -> bool:
        if not self._plan.in_reach(self._columns, at):
            return False
        if not self._conditions:
            return True
        text, plain = self._columns.text(at), self._plain[self._starts[at] : self._starts[at + 1] - 1]
        return all(condition.met(text, plain) for condition in self._conditions)

    def _expressions(self) -> list[Expression]:
        return [one for one in self._conditions if isinstance(one, Expression)]

    def _fold(self) -> None:
        columns = self._columns
        if columns.texts.isascii() and b"\\u" not in columns.texts:
            self._plain, self._starts = columns.texts.lower(), columns.starts
            return
        lines = [folded(columns.text(at)) for at in range(len(columns))]
        self._plain = b"\n".join((*lines, b""))
        self._starts = list(accumulate((len(line) + 1 for line in lines), initial=0))

    def _having(self, anchor: bytes) -> list[int]:
        """Line by line: one that has it twice is one candidate."""
        found = []
        offset = self._plain.find(anchor)
        while offset >= 0:
            at = bisect_right(self._starts, offset) - 1
            found.append(at)
            offset = self._plain.find(anchor, self._starts[at + 1])
        return found
