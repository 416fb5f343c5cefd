"""What every probe can do."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from nacre.monitoring.measures.measure import Kind


class Probe(Protocol):
    """Called by one thread at a time, again and again: it may keep what it needs to see how much something grew."""

    @property
    def kind(self) -> Kind: ...

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        """Each subject there is now, by its label, with its numbers in the order of the kind's measures.

        It must not wait long for a subject that does not answer. What it raises is logged, and leaves a gap.
        """
        ...
