"""What a search answers: records, and where it is asked for how they were found."""

from typing import Literal

from pydantic import JsonValue

from nacre.core.operations import Answer
from nacre.knowledge.recall import Recall

Mode = Literal["hybrid", "vector", "text"]
Nothing = Literal["empty", "filter", "words", "none alike"]


class Record(Answer):
    """A passage that was found.

    `similarity_score` is the cosine of its vector and the query's (of the metric dot: their product; of l2: their
    distance with a minus, so that more is nearer), None where only words were compared; `score` orders the records,
    unless a reranker was asked: then `rerank_score` does, where there is one. `start` and `end` are characters of the
    document's text. The ranks are those of each leg, from 1, None where it did not find it; `text_score` is how much
    the words weigh (BM25, more is better).
    """

    id: int
    collection: str
    document: str
    document_id: int
    passage: str
    context: str
    position: int
    start: int
    end: int
    page: int | None
    citation: str
    metadata: dict[str, JsonValue]
    similarity_score: float | None
    score: float
    vector_rank: int | None
    text_rank: int | None
    text_score: float | None
    rerank_score: float | None = None


class Timing(Answer):
    """Seconds, of which `embed_s` passed until the query had its vector."""

    embed_s: float
    vector_s: float
    text_s: float
    total_s: float


class Rank(Answer):
    """Of a passage before and after it was reranked, from 1."""

    id: int
    before: int
    after: int
    score: float


class Reranked(Answer):
    """What a reranker did, and how long it took; no `ranks` where it failed."""

    name: str
    seconds: float
    ranks: list[Rank]


class Word(Answer):
    """One that was sought by; `found`: some passage has it."""

    word: str
    found: bool


class Expected(Answer):
    """A passage that was to be looked for. Its ranks are told down to the first thousand, where the legs hand on fewer;
    `place` is the one among all that they handed on, and `kept_out` tells that the filter does not let it pass."""

    record: Record
    place: int | None
    kept_out: bool


class Explanation(Answer):
    """Of each leg, how many it found, of how many passages there were to search; `nothing` tells why there is none:
    the collections are empty, the filter leaves none, no word of the query is in them, or nothing is alike.

    `coarse` tells that not all vectors were compared exactly; `recall` how much that has found lately in the first of
    the collections of what an exact search finds. Each leg hands on its best `depth`. `others` are those among the
    best `top_k` of a leg that are not among the records; `words` those that were sought by, without the commonest.
    """

    mode: Mode
    coarse: bool
    recall: Recall | None
    passages: int
    vector_found: int
    text_found: int
    nothing: Nothing | None
    timing: Timing
    depth: int
    words: list[Word]
    others: list[Record]
    expected: list[Expected]
    reranked: Reranked | None = None


class Found(Answer):
    """`note` tells why the records are not in the order that was asked for, where they are not."""

    records: list[Record]
    explain: Explanation | None
    note: str | None = None
