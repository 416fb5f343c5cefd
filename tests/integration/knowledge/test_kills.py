"""kill -9 in the middle of adding: row, vector, words and the matrix in memory agree, and nothing is there twice."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text
from tests.integration.knowledge import filler
from tests.integration.knowledge.conftest import ANN, Library
from tests.waiting import eventually
from tests.words import Words

from nacre.knowledge.tables import documents, passages, pending


def test_row_vector_and_words_agree_whenever_it_was_killed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = tmp_path / "data.db"
    library = Library.on(database)
    library.make("killed", dimension=2)
    for seed in _seeds(request):
        _fill_and_kill(database, random.Random(seed).randrange(1, 60), "at-once")
        _agrees(Library.on(database))
    library.store.close()


def test_what_was_queued_waits_or_is_in_whenever_it_was_killed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = tmp_path / "data.db"
    library = Library.on(database, embedder=Words(2))
    library.make("killed")
    for seed in _seeds(request):
        rounds = random.Random(seed).randrange(1, 60)
        _fill_and_kill(database, rounds, "queued", str(1000 * seed))
        found = Library.on(database, embedder=Words(2))
        _waits_or_is_in(found, range(1000 * seed, 1000 * seed + rounds))
        _agrees(found)
    _resumes(Library.on(database, embedder=Words(2)))
    library.store.close()


def _seeds(request: pytest.FixtureRequest) -> range:
    return range(100 if request.config.getoption("--thorough") else 4)


def _fill_and_kill(database: Path, rounds: int, *how: str) -> None:
    argv = [sys.executable, "-m", "tests.integration.knowledge.filler", str(database), *how]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as filler:
        assert filler.stdout is not None
        for _ in range(rounds):
            assert filler.stdout.readline()
        filler.kill()


def _waits_or_is_in(library: Library, rounds: range) -> None:
    """Each document as it was sent last, or as it was being sent when all ended; what waits is on the disk."""
    last = {name: number for number in rounds for name in filler.names(number)}
    with library.store.read() as connection:
        waiting = select(pending.c.name, pending.c.content).where(pending.c.state == "waiting")
        waits = {row.name: row.content for row in connection.execute(waiting)}
        texts = select(documents.c.name, passages.c.text).where(documents.c.id == passages.c.document_id)
        is_in = {row.name: row.text for row in connection.execute(texts)}
    for name, number in last.items():
        sent = library.ingestion.spool.read(waits[name]).decode() if name in waits else is_in[name]
        assert int(sent.split()[0].removeprefix("round")) >= number, name


def _resumes(library: Library) -> None:
    library.ingestion.resume_work()
    eventually(lambda: library.ingestion.show(ANN, "killed").waiting == 0, 30)
    library.ingestion.line.stop()
    assert list(library.store.path.with_name("knowledge").iterdir()) == []
    assert library.ingestion.show(ANN, "killed").failed == 0
    _agrees(library)


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
