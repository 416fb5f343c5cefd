"""What a check is, and what it says."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from nacre.core.settings import Settings


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Verdict:
    """What was found, why it matters, and what to do next; an OK one may leave out the last two."""

    level: Level
    what: str
    why: str = ""
    next: str = ""


def ok(what: str, advice: str = "") -> Verdict:
    return Verdict(Level.OK, what, next=advice)


def warn(what: str, why: str, advice: str) -> Verdict:
    return Verdict(Level.WARN, what, why, advice)


def fail(what: str, why: str, advice: str) -> Verdict:
    return Verdict(Level.FAIL, what, why, advice)


class Check(ABC):
    """One thing to look at. A file in checks/ defines one subclass; its id is the file's name in kebab-case."""

    title: ClassVar[str]

    @abstractmethod
    def look(self, settings: Settings) -> Verdict:
        """Look without changing anything, within a few seconds, whether or not a daemon runs."""


class Repairable(Check):
    """A check that can also put right what it finds."""

    offer: ClassVar[str]
    """What the repair does, as a sentence that a person can say yes to."""

    @abstractmethod
    def repair(self, settings: Settings) -> None:
        """Put it right. Raises a NacreError, with nothing changed, when it cannot."""


class Finding(BaseModel):
    """What one check found. `repair` says what its repair would do; empty where there is none or no need."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    level: Level
    what: str
    why: str
    next: str
    repair: str
