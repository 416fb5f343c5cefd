"""What is under way of one collection: rows, documents that are read, and the parts of them that the model is given."""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from nacre.core.principals import Principal
from nacre.knowledge.adding import EMBEDDED_AT_ONCE
from nacre.knowledge.preparing import Cut

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

_READY_PASSAGES = 2 * EMBEDDED_AT_ONCE
"""So many are cut before the model needs them, in each collection."""


@dataclass(eq=False)
class Work:
    """A document under way, taken up in this `round` of its lane. Its first `begun` passages were given to the model,
    and `done` came back."""

    row: Row[Any]
    who: Principal
    collection: Row[Any]
    cut: Cut
    vectors: "Floats"
    round: int
    begun: int = 0
    done: int = 0
    dropped: bool = False

    @property
    def total(self) -> int:
        return len(self.cut.chunks)

    def goes_with(self, other: "Work") -> bool:
        """Whether both may be embedded and written together."""
        return self.who == other.who and same(self.collection, other.collection)


@dataclass(frozen=True)
class Part:
    """The passages of a document from `first` up to `last` that are embedded in one call."""

    work: Work
    first: int
    last: int


@dataclass(eq=False)
class Lane:
    """What is under way of one collection: rows that were `taken`, the `works` that are not all given to the model, and
    what is to be given to it `again`, in smaller pieces. `numbers` are those of all rows under way; `more` tells that
    there may be others. With each `round` all that was not given away is let go."""

    collection: int
    taken: deque[Row[Any]] = field(default_factory=deque)
    works: deque[Work] = field(default_factory=deque)
    again: deque[list[Part]] = field(default_factory=deque)
    numbers: set[int] = field(default_factory=set)
    reading: int = 0
    flying: int = 0
    more: bool = True
    round: int = 0

    @property
    def ready(self) -> int:
        """Passages that wait for the model."""
        return sum(work.total - work.begun for work in self.works)

    @property
    def may_read(self) -> bool:
        return bool(self.taken or self.more) and self.ready < _READY_PASSAGES

    @property
    def over(self) -> bool:
        return not (self.taken or self.works or self.again or self.reading or self.flying or self.more)

    def put_down(self) -> None:
        """What was taken and not begun may be taken again."""
        self.numbers.difference_update(row.id for row in self.taken)
        self.taken.clear()


def parts_of(works: deque[Work], most: int) -> list[Part]:
    """The next passages, of as many documents as go together; those that are given away in whole leave `works`."""
    parts: list[Part] = []
    room = most
    while works and room and (not parts or works[0].goes_with(parts[0].work)):
        work = works[0]
        first, last = work.begun, min(work.begun + room, work.total)
        parts.append(Part(work, first, last))
        work.begun = last
        room -= last - first
        if last == work.total:
            works.popleft()
    return parts


def same(one: Row[Any], other: Row[Any]) -> bool:
    """Whether what was made for the one is right for the other: a collection may have changed meanwhile."""
    return (one.id, one.model, one.digest, one.dimension, one.metric, one.chunking) == (
        other.id, other.model, other.digest, other.dimension, other.metric, other.chunking,
    )  # fmt: skip
