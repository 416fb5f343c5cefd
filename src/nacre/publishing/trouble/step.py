"""What a step of the path is, and what it says."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from nacre.publishing.trouble.case import Case


class State(StrEnum):
    FINE = "fine"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True)
class Verdict:
    """What was found in a sentence, what to do next where something is to be done, and the last lines of a log."""

    state: State
    said: str
    next: str = ""
    lines: tuple[str, ...] = ()


def fine(said: str) -> Verdict:
    return Verdict(State.FINE, said)


def wrong(said: str, advice: str, lines: tuple[str, ...] = ()) -> Verdict:
    """An error that goes on to quote a log keeps its first line as what is said; those that follow are lines."""
    sentence, *quoted = said.splitlines() or [""]
    return Verdict(State.WRONG, sentence, advice, (*quoted, *lines))


def unknown(said: str, advice: str = "") -> Verdict:
    return Verdict(State.UNKNOWN, said, advice)


class Step(ABC):
    """One place to look at. A file in steps/ defines one subclass; its id is the file's name."""

    place: ClassVar[int]
    """Its place on the path."""

    may_lie_in: ClassVar[int] = 0
    """How many of the steps that follow are looked at although this one is wrong, since the cause may lie in them."""

    @abstractmethod
    def look(self, case: Case) -> Verdict:
        """Look without changing anything, within some seconds."""
