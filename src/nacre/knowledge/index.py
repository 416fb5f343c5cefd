"""What a database does for knowledge: it keeps passages with their vectors and words, and finds them.

One for each kind of database, in a folder of its own (on_sqlite/, on_postgres/), chosen in kinds.py; all else in this
subject is the same on each.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from pydantic import JsonValue
from sqlalchemy import Connection, Row

from nacre.core.errors import Conflict
from nacre.knowledge.filters import Condition
from nacre.llm.embedding.chunking import Chunk

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

Scan = Literal["auto", "exact", "coarse"]


@dataclass(frozen=True)
class Prepared:
    """A document cut and embedded; of each chunk there is the page (None without pages) and a row of `vectors`.
    `origin` tells what it was read from, where that is known."""

    name: str
    metadata: Mapping[str, JsonValue]
    digest: str
    characters: int
    chunks: Sequence[Chunk]
    pages: Sequence[int | None]
    vectors: "Floats"
    origin: str | None = None


class Passage(NamedTuple):
    """As it is shown: with the names of its document and collection."""

    id: int
    document_id: int
    document: str
    collection: str
    position: int
    start: int
    page: int | None
    context: str
    text: str
    metadata: dict[str, JsonValue]


class Scored(NamedTuple):
    """A passage by its number; more is better."""

    id: int
    score: float


@dataclass(frozen=True)
class Nearest:
    """The best first. `coarse` tells that not all vectors were compared, so that better ones may have been missed."""

    found: list[Scored]
    coarse: bool


@dataclass(frozen=True)
class Remains:
    """What is to be removed of a collection: vectors of `dimension` numbers of one `generation`, or, where that is
    None, all its vectors and words."""

    collection_id: int
    dimension: int
    generation: int | None


class Moved(Conflict):
    """The vectors of a collection are those of another model since its row was read: it is to be read again."""


def moved(collection: Row[Any]) -> Moved:
    return Moved(
        "collection-moved",
        f"The vectors of “{collection.name}” have just been replaced by those of another model.",
        hint="Do it once more.",
    )


@dataclass(frozen=True)
class Faults:
    """What is wrong with a collection: passages `without_vector`, by their numbers, vectors of passages that are not
    there, passages of documents that are not there; `words` says what is wrong with theirs, and is empty if nothing."""

    without_vector: list[int]
    stray_vectors: int
    words: str
    stray_passages: int

    def __bool__(self) -> bool:
        return bool(self.without_vector or self.stray_vectors or self.words or self.stray_passages)


class Changing(Protocol):
    """A transaction that changes what is in one collection."""

    @property
    def connection(self) -> Connection: ...

    def withdraw(self, names: Sequence[str]) -> int:
        """What waits in the queue under these names waits no longer; how many did."""

    def put(self, prepared: Sequence[Prepared], by: str, now: datetime) -> None:
        """Add documents; those that have the name of one replace it. Their names differ.

        Raises NotFound "collection-not-found" when it was deleted meanwhile, and Moved.
        """

    def embed(self, coming: Row[Any], ids: Sequence[int], numbers: "Floats") -> None:
        """Give passages vectors of another generation; those that are gone by now get none.

        `coming` is the row of the collection as it will be, with that generation and its dimension.
        """

    def moved(self) -> None:
        """In this transaction its row became that of another generation, which is searched from now on."""

    def forgone(self) -> None:
        """The generation that was being made will not be searched."""

    def take_out(self, documents: Sequence[int]) -> None:
        """Remove documents, by their numbers, with all that belongs to them. Raises as `put` does."""

    def mend(self, ids: Sequence[int], vectors: "Floats") -> None:
        """Put these passages' vectors where they lack, remove what belongs to nothing, index words anew if need be."""

    def drop(self) -> None:
        """Nothing of it is searched any more. What is left of it is for `Index.clear` to remove."""


class Index(Protocol):
    """Called from worker threads. `collection` is its row: id, name, generation, dimension, metric, folding.

    What depends on vectors raises Moved where these are of another generation by now than the row says.
    """

    def make(self, connection: Connection, collection: Row[Any]) -> None:
        """Make room for the vectors and words of a new collection."""

    def make_vectors(self, connection: Connection, collection: Row[Any]) -> None:
        """Make room for the vectors of another generation, whose row this is."""

    def warm(self, coming: Row[Any]) -> None:
        """Another generation is about to be searched: have ready what searches need, so that none waits for it."""

    def changing(self, collection: Row[Any]) -> AbstractContextManager[Changing]:
        """All that is changed in the block is found once it ends, or nothing of it when it raises."""
        ...

    def look(self, connection: Connection, collection: Row[Any]) -> str | None:
        """Take a few milliseconds to see whether it is whole; what is wrong with it, None if nothing. One that is
        damaged is not searched until it is mended: Damaged "knowledge-damaged"."""
        ...

    def faults(self, connection: Connection, collection: Row[Any]) -> Faults:
        """Hold passages, vectors and words against each other, all of them. Raises Damaged "knowledge-damaged"."""
        ...

    def clear(self, connection: Connection, remains: Remains) -> bool:
        """Remove some of it, in a few milliseconds; whether there may be more. Those who do so hold up no search."""
        ...

    def digests(self, connection: Connection, collection: Row[Any], names: Sequence[str]) -> dict[str, str]:
        """Those of the documents that are there, by their names."""
        ...

    def nearest(
        self,
        connection: Connection,
        collection: Row[Any],
        query: "Floats",
        limit: int,
        conditions: Sequence[Condition],
        scan: Scan,
    ) -> Nearest:
        """The passages most similar to a vector, `limit` of them unless there are fewer that meet the conditions.

        Scores are those of `similarities`. Raises Damaged "knowledge-damaged".
        """
        ...

    def similarities(
        self, connection: Connection, collection: Row[Any], query: "Floats", ids: Sequence[int]
    ) -> dict[int, float]:
        """Of those of these passages that are in the collection: by its metric, more is more alike."""
        ...

    def by_words(
        self,
        connection: Connection,
        collection: Row[Any],
        text: str,
        limit: int,
        conditions: Sequence[Condition],
    ) -> list[Scored]:
        """The passages with any word of a text, the best first; words of both folded as the collection says."""
        ...

    def vectors(self, connection: Connection, collection: Row[Any], ids: Sequence[int]) -> "Floats":
        """Those of these passages as they are kept, a row for each; all of them are in the collection."""
        ...

    def count(self, connection: Connection, collection: Row[Any], conditions: Sequence[Condition]) -> int:
        """How many passages of the collection meet the conditions."""
        ...

    def passages(self, connection: Connection, ids: Sequence[int]) -> dict[int, Passage]:
        """Those of these that are there, by their numbers."""
        ...
