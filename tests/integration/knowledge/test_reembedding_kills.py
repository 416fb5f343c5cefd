"""kill -9 while vectors are made anew: it goes on, and ends with one vector of the new model for each passage."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.integration.knowledge.conftest import ANN, Library
from tests.integration.knowledge.generations import is_of, reembedding_of
from tests.integration.knowledge.models import Hashing

from nacre.core.errors import NacreError
from nacre.knowledge.collections import Plan
from nacre.llm.embedding.chunking import Chunking


@pytest.mark.timeout(1200)  # at full length
def test_it_ends_as_if_it_had_never_been_killed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database, models = tmp_path / "data.db", Hashing()
    library = Library.on(database, embedder=models)
    library.collections.create(ANN, Plan("anew", "private", None, "old", None, "cosine", Chunking(by="none")))
    library.add("anew", **{f"d{number}": f"document {number}" for number in range(100)})
    library.store.close()
    chance = random.Random(7)
    for _ in range(100 if request.config.getoption("--thorough") else 2):
        _work_and_kill(database, chance.randrange(1, 60), chance.random() / 50)
        library = Library.on(database, embedder=models)
        with library.store.read() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        _ends(library, models)
        library.store.close()


def _work_and_kill(database: Path, batches: int, after_s: float) -> None:
    """After some batches, and at any moment of the next."""
    argv = [sys.executable, "-m", "tests.integration.knowledge.reembedder", str(database)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        for _ in range(batches):
            assert worker.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(after_s)
        worker.kill()


def _ends(library: Library, models: Hashing) -> None:
    """With vectors of the model that was being changed to, if one was; searched before and after."""
    before = library.collections.show(ANN, "anew")
    assert before.model is not None
    assert library.search("anew", "document 95", mode="vector").records[0].passage == "document 95"
    reembedding = reembedding_of(library, models)
    reembedding.finish()
    model = before.model if before.reembedding is None else before.reembedding.model
    is_of(library, models, "anew", model)
    with pytest.raises(NacreError):
        reembedding.begin(ANN, "anew", model)
