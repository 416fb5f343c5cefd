"""Statements that a model proposed, and how far they agree: by the rows that they give, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from nacre.llm.asking.running import Result


@dataclass(frozen=True)
class Candidate:
    """`result` is None when it was not run; `wrong` says what was wrong with it to the last; `request_id` of the call
    that wrote it."""

    sql: str
    explanation: str
    result: Result | None = None
    wrong: str | None = None
    request_id: str = ""


@dataclass(frozen=True)
class Chosen:
    """`agree` of `asked` candidates gave the rows that this one gives; 1 of 1 where only one was asked for."""

    candidate: Candidate
    agree: int
    asked: int


def choose(candidates: Sequence[Candidate]) -> Chosen | None:
    """The first of those that most agree with; None when none of them works."""
    working = [each for each in candidates if each.wrong is None]
    if not working:
        return None
    votes = [sum(same(each.result, other.result) for other in working) for each in working]
    best = votes.index(max(votes))
    return Chosen(working[best], votes[best], len(candidates))


def same(a: Result | None, b: Result | None, *, ordered: bool = False) -> bool:
    """Whether two results hold the same rows, whatever their columns are called; numbers to nine digits."""
    if a is None or b is None:
        return a is b
    ours, theirs = [_shown(row) for row in a.rows], [_shown(row) for row in b.rows]
    return ours == theirs if ordered else sorted(ours) == sorted(theirs)


def _shown(row: Sequence[object]) -> str:
    return repr([f"{float(each):.9g}" if isinstance(each, int | float) else repr(each) for each in row])
