"""What is sought, what each way of searching found of it, and the records that come of that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue
from sqlalchemy import Connection

from nacre.knowledge.found import Mode, Record
from nacre.knowledge.index import Index, Scan


@dataclass(frozen=True)
class Asked:
    """What is sought. `vector` stands for the text where it is given; `filter` is what documents must have. `expected`
    is a document to be told of in the explanation, or one passage of it."""

    collections: Sequence[str]
    text: str | None
    vector: Sequence[float] | None
    top_k: int
    mode: Mode
    filter: Mapping[str, JsonValue]
    scan: Scan = "auto"
    explain: bool = False
    expected: str | None = None
    expected_position: int | None = None


@dataclass
class Legs:
    """What each way of searching found: passages, the best first, and the similarities of those by meaning.

    `fill` adds the similarities of others."""

    vector: list[int] = field(default_factory=list)
    similarity: dict[int, float] = field(default_factory=dict)
    text: list[int] = field(default_factory=list)
    text_score: dict[int, float] = field(default_factory=dict)
    coarse: bool = False
    fill: Callable[[Sequence[int]], None] = lambda ids: None
    embed_s: float = 0.0
    vector_s: float = 0.0
    text_s: float = 0.0


def records_of(index: Index, connection: Connection, order: Sequence[tuple[int, float]], legs: Legs) -> list[Record]:
    """In their order; a passage that was deleted meanwhile is left out."""
    rows = index.passages(connection, [id_ for id_, _ in order])
    legs.fill([id_ for id_, _ in order if id_ not in legs.similarity])
    vector_ranks = {id_: rank for rank, id_ in enumerate(legs.vector, 1)}
    text_ranks = {id_: rank for rank, id_ in enumerate(legs.text, 1)}
    return [
        Record(
            id=id_,
            collection=row.collection,
            document=row.document,
            document_id=row.document_id,
            passage=row.text,
            context=row.context,
            position=row.position,
            start=row.start,
            end=row.start + len(row.text),
            page=row.page,
            citation=f"{row.document}, " + (f"page {row.page}" if row.page else f"passage {row.position}"),
            metadata=row.metadata,
            similarity_score=legs.similarity.get(id_),
            score=score,
            vector_rank=vector_ranks.get(id_),
            text_rank=text_ranks.get(id_),
            text_score=legs.text_score.get(id_),
        )
        for id_, score in order
        if (row := rows.get(id_)) is not None
    ]
