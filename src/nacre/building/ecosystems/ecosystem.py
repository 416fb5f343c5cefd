"""What every ecosystem answers for a source."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from nacre.core.projectfile.publish import Publish, Runtime
from nacre.engines.source.source import Source

Language = Literal["python", "node"]


@dataclass(frozen=True)
class Dependencies:
    """What is installed before the source is there, from its `manifests` alone, so that it stays the same with them.

    `line` is for /bin/sh in /app; what it makes is the folder `target` of the image. `tool` names the program that
    does it, with its version. `written` are further files for it, made from the manifests. `whole`: the line needs the
    whole source. Unless `shipped`, only the build sees it.
    """

    tool: str
    line: str
    manifests: tuple[str, ...]
    target: str
    whole: bool = False
    shipped: bool = True
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What an ecosystem makes of a source. `title` is for people.

    `build` and `start` are lines for /bin/sh, empty where there is nothing to do. Where `start` is, the finished pages
    in the first folder of `pages` that has an index.html are served. `env` is for both; `language` is what a build has
    at hand; `notes` are sentences about what Nacre added or left out.
    """

    kind: Runtime
    title: str
    dependencies: Dependencies | None = None
    build: str = ""
    start: str = ""
    pages: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    language: Language = "python"
    notes: tuple[str, ...] = ()


class Ecosystem(ABC):
    kind: ClassVar[Runtime]

    @abstractmethod
    def recognises(self, source: Source) -> bool:
        """Whether the source has what a project of this ecosystem has."""

    @abstractmethod
    def find(self, source: Source, publish: Publish) -> Found | None:
        """How it is built and run; None when that cannot be told, and `publish` does not tell either.

        Raises InvalidInput "bad-lock-file" or "broken-manifest", before anything is run.
        """
