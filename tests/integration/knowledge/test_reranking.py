"""Rerankers: a plugin's scores order what was found; one that is broken, slow or wrong harms no search."""

import asyncio
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.knowledge.conftest import ANN, Library
from tests.plugged import install

from nacre.core.errors import NacreError
from nacre.core.principals import Principal, Role
from nacre.engines.models.reranking import Rerankers
from nacre.knowledge.found import Found
from nacre.knowledge.legs import Asked
from nacre.knowledge.preparing import New
from nacre.knowledge.reranking import Reranking

_PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "rerank-what-is-found.md"
_BAD = """
import threading

class Broken:
    def scores(self, query, passages):
        raise RuntimeError("no weights")

class Stuck:
    def scores(self, query, passages):
        threading.Event().wait()

class Short:
    def scores(self, query, passages):
        return [1.0]

class NoNumber:
    def scores(self, query, passages):
        return [float("nan")] * len(passages)
"""
_TEXTS = {f"{number}": f"harbour {'harbour ' * (9 - number)}tide{number}" for number in range(9)}


class InProcess:
    """The plugins that the side-car has too, from a folder."""

    def __init__(self, folder: Path) -> None:
        self._rerankers = Rerankers(folder, frozenset({"model"}))
        self.timeout_s = 20.0

    def scores(self, who: Principal, name: str, query: str, passages: Sequence[str]) -> list[float]:
        return asyncio.run(self._rerankers.scores(name, query, passages, self.timeout_s))


@pytest.fixture(scope="module")
def rerankers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """That of the documentation, and some that are good for nothing."""
    folder = tmp_path_factory.mktemp("plugins")
    code = re.findall(r"```python\n(.*?)```", _PAGE.read_text(), re.DOTALL)[0]
    install(folder, "acme-rerank", {"share": "acme_rerank:Share"}, group="nacre.rerankers", acme_rerank=code)
    points = {name.lower(): f"bad_rerank:{name}" for name in ("Broken", "Stuck", "Short", "NoNumber", "Absent")}
    install(folder, "bad-rerank", points, group="nacre.rerankers", bad_rerank=_BAD)
    yield InProcess(folder)
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def harbour(library: Library) -> str:
    name = library.make("harbour", dimension=2)
    library.adding.add(ANN, name, [New(each, text, {}, [1.0, 0.0]) for each, text in _TEXTS.items()])
    return name


@pytest.fixture
def reranking(library: Library, harbour: str, rerankers: InProcess) -> Reranking:
    return Reranking(library.searching, rerankers)


def rerank(reranking: Reranking, query: str, by: str, *, top_k: int = 10) -> Found:
    return reranking.search(ANN, Asked(["harbour"], query, None, top_k, "text", {}, explain=True), by)


def test_the_best_are_ordered_by_a_rerankers_scores_and_ranks_are_told(library: Library, reranking: Reranking) -> None:
    before = library.search("harbour", "harbour tide8", mode="text", top_k=9).records
    found = rerank(reranking, "tide3", "share")
    assert [one.document for one in found.records] == ["3"] and found.note is None
    assert found.records[0].rerank_score == 1.0
    found = rerank(reranking, "harbour tide8 no such words", "share", top_k=4)
    assert found.records[0].document == "8" and len(found.records) == 4
    assert found.explain is not None and found.explain.reranked is not None
    ranks = found.explain.reranked.ranks
    assert [one.after for one in ranks] == list(range(1, 10)), "all that were scored, also those that are not answered"
    assert [before[one.before - 1].id for one in ranks[:4]] == [one.id for one in found.records]
    legs = [one.text_rank for one in found.explain.others]
    assert legs == [rank for rank in range(1, 5) if rank not in [one.text_rank for one in found.records]]
    others = [one.before for one in ranks[1:]]
    assert others == sorted(others), "equals stay in the order in which they were found"


@pytest.mark.parametrize(
    ("by", "why"),
    [("broken", "RuntimeError"), ("short", "1 scores for 9"), ("nonumber", "no numbers"), ("absent", "cannot be used")],
)
def test_one_that_fails_leaves_the_order_as_it_was_and_is_told(
    library: Library, reranking: Reranking, by: str, why: str
) -> None:
    plain = library.search("harbour", "harbour", mode="text").records
    found = rerank(reranking, "harbour", by)
    assert found.records == plain
    assert found.note is not None and why in found.note and "no weights" not in found.note
    assert found.explain is not None and found.explain.reranked is not None and found.explain.reranked.ranks == []


def test_one_that_is_stuck_is_waited_for_once(reranking: Reranking, rerankers: InProcess) -> None:
    rerankers.timeout_s = 0.05
    assert "did not answer within" in (rerank(reranking, "harbour", "stuck").note or "")
    rerankers.timeout_s = 20.0
    found = rerank(reranking, "harbour", "stuck")
    assert "is still at" in (found.note or "") and len(found.records) == 9
    assert rerank(reranking, "harbour", "share").note is None


def test_what_is_no_reranker_has_no_text_or_must_be_paid_is_refused(reranking: Reranking) -> None:
    looks = replace(ANN, role=Role.VIEWER)
    for who, text, by, code in (
        (ANN, "x", "nobody", "model-not-found"),
        (ANN, None, "share", "query-needed"),
        (looks, "x", "model", "not-allowed"),
        (looks, "x", "model:large", "not-allowed"),
    ):
        with pytest.raises(NacreError) as caught:
            reranking.search(who, Asked(["harbour"], text, [1.0, 0.0], 10, "hybrid", {}), by)
        assert caught.value.code == code
