"""What a kind of source is: something that can say what there is, so that whoever asks again finds what has changed.

A new kind is a file beside this one, and a line in wiring/knowledge.py.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue

from nacre.core.principals import Principal

MOST_BYTES = 16 << 20
"""Of one document, as for an upload."""


class Settings(BaseModel):
    """What is said when a source is added."""

    model_config = ConfigDict(frozen=True, extra="forbid")


S = TypeVar("S", bound=Settings)
Memory = dict[str, JsonValue]
"""What a kind wants to know again the next time, in values of JSON."""


@dataclass(frozen=True)
class Document:
    """A file, to be read by its `name`, or text as it is."""

    content: bytes | str
    metadata: Mapping[str, JsonValue]


@dataclass(frozen=True)
class Item:
    """`name` tells it apart within its source, `fingerprint` changes when it does. `read` is called for what
    changed, before the next item is asked for; None: it is no document, and left out."""

    name: str
    fingerprint: str
    read: Callable[[], Document | None]


Items = Generator[Item, None, None]


class Kind(Protocol[S]):
    """One kind of source. Called from worker threads."""

    @property
    def settings(self) -> type[S]: ...

    @property
    def every_s(self) -> float | None:
        """How often to look, unless it is said otherwise; None: when its position changes."""
        ...

    def settled(self, settings: S) -> S:
        """As they are kept: with what their names stand for now. Raises NotFound, InvalidInput."""
        ...

    def check(self, who: Principal, settings: S) -> None:
        """Refuse whoever may not read it, and what cannot be read at all.

        Raises NotAllowed, NotFound, InvalidInput, Unavailable.
        """
        ...

    def allow(self, who: Principal, settings: S) -> None:
        """Refuse whoever may not read it any more. Raises NotAllowed, and NotFound for what is gone for good."""
        ...

    def items(self, who: Principal, settings: S, memory: Memory) -> Items:
        """All that there is. Raises, if only at its end, where some could not be seen: then nothing counts as gone."""
        ...

    def position(self, settings: S) -> JsonValue:
        """What is another one after each change, and is told at once; None: only looking tells.

        `items` puts that of what it told into the memory, as "position".
        """
        ...
