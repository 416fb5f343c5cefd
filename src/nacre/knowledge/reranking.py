"""Puts the best that a search found into the order of a reranker: a plugin or a language model that reads them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from nacre.core.errors import InvalidInput, NacreError, NotAllowed
from nacre.core.operations import Answer
from nacre.core.principals import Principal, Role
from nacre.knowledge.found import Found, Rank, Record, Reranked
from nacre.knowledge.legs import Asked
from nacre.knowledge.searching import Searching
from nacre.llm.client import Llm

_LEAST, _MOST = 40, 100
"""How many of the best are scored: as many as are wanted, within these. What comes after them stays where it was."""

_PAID = "model"


class Plugged(Answer):
    """What `rerank` can name. `fault` says why it cannot be used, and is empty for one that can."""

    name: str
    source: str
    fault: str


class Reranker(Protocol):
    def scores(self, who: Principal, name: str, query: str, passages: Sequence[str]) -> list[float]:
        """One for each passage. Raises NotFound "model-not-found" for one that there is not, and what else
        llm/errors.py lists."""
        ...


@dataclass(frozen=True)
class SideCarRerankers:
    llm: Llm

    def scores(self, who: Principal, name: str, query: str, passages: Sequence[str]) -> list[float]:
        given = self.llm.call(who, "rerank", {"name": name, "query": query, "passages": list(passages)})
        return [float(score) for score in given]

    def listing(self, who: Principal) -> list[Plugged]:
        return [Plugged.model_validate(one) for one in self.llm.call(who, "rerankers", {})]


@dataclass(frozen=True)
class Reranking:
    """Called from worker threads."""

    searching: Searching
    reranker: Reranker

    def search(self, who: Principal, asked: Asked, name: str) -> Found:
        """What a search finds, the best of it in the order of this reranker's scores.

        One that fails or takes too long changes nothing: what was found is answered as it was, with a note about it.
        Raises what searching does, InvalidInput "query-needed" without a text to compare with, NotFound
        "model-not-found", NotAllowed "not-allowed" where it is paid and the caller only looks.
        """
        query = asked.text
        if query is None:
            raise InvalidInput("query-needed", "A reranker reads the text of the query.", hint="Give query_text.")
        if name.partition(":")[0] == _PAID and who.role < Role.USER:
            raise NotAllowed("not-allowed", f"{who} may not call language models.", hint="Search without it.")
        wanted = min(max(asked.top_k, _LEAST), _MOST)
        found = self.searching.search(who, replace(asked, top_k=max(asked.top_k, wanted)))
        began = time.monotonic()
        best, rest = found.records[:wanted], found.records[wanted:]
        try:
            texts = [one.context + one.passage for one in best]
            scores = self.reranker.scores(who, name, query, texts) if best else []
        except NacreError as error:
            if error.code == "model-not-found":
                raise
            failed = Reranked(name=name, seconds=_since(began), ranks=[])
            return _answer(found, found.records, asked.top_k, failed, f"Not reranked: {error.message}")
        ordered, ranks = by_scores(best, scores)
        reranked = Reranked(name=name, seconds=_since(began), ranks=ranks)
        return _answer(found, [*ordered, *rest], asked.top_k, reranked, None)


def by_scores(records: Sequence[Record], scores: Sequence[float]) -> tuple[list[Record], list[Rank]]:
    """The records with their scores, the best first, and the ranks of each before and after; equals stay in order."""
    order = sorted(range(len(records)), key=lambda at: -scores[at])
    ordered = [records[at].model_copy(update={"rerank_score": scores[at]}) for at in order]
    ranks = [Rank(id=records[at].id, before=at + 1, after=after, score=scores[at]) for after, at in enumerate(order, 1)]
    return ordered, ranks


def _answer(found: Found, records: list[Record], top_k: int, reranked: Reranked, note: str | None) -> Found:
    """The first `top_k` of the records; the explanation tells of the others what it would without a reranker."""
    explain = found.explain
    if explain is not None:
        others = [one for one in [*records[top_k:], *explain.others] if _is_among(one, top_k)]
        explain = explain.model_copy(update={"reranked": reranked, "others": others})
    return Found(records=records[:top_k], explain=explain, note=note)


def _is_among(record: Record, best: int) -> bool:
    return any(rank is not None and rank <= best for rank in (record.vector_rank, record.text_rank))


def _since(began: float) -> float:
    return time.monotonic() - began
