"""Knowledge on a store of its own, with the model of this machine in the test's process: no daemon, no side-car."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from tests.library import BareLibrary

from nacre.core.principals import Kind, Principal, Role
from nacre.engines.processes.users import service_account
from nacre.engines.retrieval.folding import Folding
from nacre.knowledge.collections import Metric, Plan
from nacre.knowledge.found import Found
from nacre.knowledge.legs import Asked
from nacre.knowledge.preparing import New
from nacre.knowledge.recall import Sampler
from nacre.llm.embedding.chunking import Chunking

ANN = Principal(Kind.PERSON, "ann", Role.USER, person="ann", members_only=True)


class Library(BareLibrary):
    @classmethod
    def on(cls, path: Path, **more: Any) -> "Library":
        """`more` as BareLibrary.over takes it; whoever asked for something is Ann."""
        more = {"standing": lambda connection, person: ANN} | more
        return cls.opened(path, Sampler(one_in=1), service_account("nacre"), **more)

    def make(
        self,
        name: str,
        *,
        dimension: int | None = None,
        project: str | None = None,
        by: str = "markdown",
        metric: Metric = "cosine",
        folding: Folding = "simplified",
    ) -> str:
        access: Literal["private", "project"] = "private" if project is None else "project"
        self.collections.create(
            ANN, Plan(name, access, project, None, dimension, metric, Chunking.model_validate({"by": by}), folding)
        )
        return name

    def add(self, name: str, **texts: str) -> None:
        self.adding.add(ANN, name, [New(document, text, {}) for document, text in texts.items()])

    def search(self, name: str | list[str], text: str | None, **more: Any) -> Found:
        asked: dict[str, Any] = {"vector": None, "top_k": 10, "mode": "hybrid", "filter": {}} | more
        return self.searching.search(
            ANN, Asked(collections=[name] if isinstance(name, str) else name, text=text, **asked)
        )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    library = Library.on(tmp_path_factory.mktemp("knowledge") / "data.db")
    yield library
    library.store.close()
