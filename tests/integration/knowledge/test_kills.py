"""kill -9 in the middle of adding: row, vector, words and the matrix in memory agree, and nothing is there twice."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.integration.knowledge.conftest import ANN, Library


def test_row_vector_and_words_agree_whenever_it_was_killed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = tmp_path / "data.db"
    library = Library.on(database)
    library.make("killed", dimension=2)
    for seed in range(100 if request.config.getoption("--thorough") else 4):
        _fill_and_kill(database, random.Random(seed).randrange(1, 60))
        _agrees(Library.on(database))
    library.store.close()


def _fill_and_kill(database: Path, rounds: int) -> None:
    argv = [sys.executable, "-m", "tests.integration.knowledge.filler", str(database)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as filler:
        assert filler.stdout is not None
        for _ in range(rounds):
            assert filler.stdout.readline()
        filler.kill()


def _agrees(library: Library) -> None:
    with library.store.read() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        rows = connection.execute(
            text("SELECT p.id, d.name, p.text FROM knowledge_base p JOIN knowledge_document d ON d.id = p.document_id")
        ).all()
        vectors = connection.execute(text("SELECT rowid FROM vec_knowledge_2")).scalars().all()
    assert len({row.name for row in rows}) == len(rows) and sorted(vectors) == sorted(row.id for row in rows)
    for row in rows:
        word = row.text.split()[1]
        (only,) = library.search("killed", word, mode="text").records
        assert (only.id, only.passage) == (row.id, row.text)
    found = library.search("killed", None, vector=[1.0, 1.0], top_k=100).records
    assert {record.id for record in found} == {row.id for row in rows}
    assert library.collections.show(ANN, "killed").passages == len(rows)
    library.store.close()
