"""The queues of documents on their way into collections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nacre.core.clock import Clock
from nacre.core.store.store import Store
from nacre.knowledge.ingestion.load import loads
from nacre.monitoring.measures.knowledge import KNOWLEDGE
from nacre.monitoring.measures.measure import Kind


@dataclass(frozen=True)
class OfKnowledge:
    store: Store
    clock: Clock
    kind: Kind = KNOWLEDGE

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        with self.store.read() as connection:
            found = loads(connection, self.clock())
        for name, load in found.items():
            yield name, (load.waiting, load.waiting_longest_s, load.failed, float(load.held))
