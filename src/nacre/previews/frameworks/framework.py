"""What a framework is to Nacre."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from nacre.engines.source.source import Source


@dataclass(frozen=True)
class Address:
    """Where browsers reach the server: `base` begins and ends with a slash ("/" on a host of its own).

    `hosts` are names it may be asked for by, beside localhost; `support` is where the sandbox shows the files of
    nacre/previews/support.
    """

    base: str = "/"
    hosts: tuple[str, ...] = ()
    support: str = "/opt/nacre/preview"

    @property
    def bare(self) -> str:
        """The base without its last slash: empty for "/"."""
        return self.base.rstrip("/")


@dataclass(frozen=True)
class Fitted:
    """A command line that knows its port and base path. `strip`: the server does not want to see the base path."""

    line: str
    env: Mapping[str, str] = field(default_factory=dict)
    strip: bool = True


class Framework(ABC):
    name: ClassVar[str]

    @abstractmethod
    def detect(self, source: Source) -> str | None:
        """The line that runs a project of this framework; None when this is none."""

    @abstractmethod
    def runs(self, words: tuple[str, ...]) -> bool:
        """Whether this command runs the framework."""

    @abstractmethod
    def fit(self, line: str, address: Address, port: int) -> Fitted:
        """The line, told where it listens and where it is reached."""

    def missing(self, source: Source) -> tuple[str, str]:
        """(a sentence about what is not installed, the line that installs it), both empty when nothing is known."""
        return "", ""
