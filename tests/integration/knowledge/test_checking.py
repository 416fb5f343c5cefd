"""What is wrong with a collection is found, keeps nobody from the others, and is mended where nothing is lost by it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest
from tests.integration.knowledge.conftest import ANN, Library

from nacre.core.errors import NacreError
from nacre.core.store.dbapi import Connection
from nacre.core.store.extension import load_vectors
from nacre.knowledge.checking import Checked, Checking
from nacre.knowledge.preparing import New

Spoil = Callable[[apsw.Connection], object]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two collections whose vectors the model makes (1, 2), and one whose vectors were brought along (3)."""
    path = tmp_path_factory.mktemp("checked") / "data.db"
    library = Library.on(path)
    for name in ("first", "second"):
        library.make(name)
        library.add(name, anchor="An anchor holds a ship.", sail="A sail drives it.", sky="The sky is blue.")
    library.make("own", dimension=4)
    library.adding.add(ANN, "own", [New(f"{number}", f"word{number}", {}, [1.0, number, 0, 0]) for number in range(99)])
    library.store.close()
    yield path


def spoiled(written: Path, tmp_path: Path, spoil: Spoil) -> tuple[Library, Checking]:
    """As a daemon finds it that starts after the damage was done."""
    path = tmp_path / "data.db"
    path.write_bytes(written.read_bytes())
    database = Connection(apsw.Connection(str(path)))
    load_vectors(database)
    spoil(database.native)
    database.close()
    library = Library.on(path)
    checking = Checking(library.store, library.collections.index, library.collections.embedder)
    checking.at_start()
    return library, checking


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        ("DELETE FROM knowledge_text_1 WHERE rowid = 2", {"words": "1 passages lack in it, 0 are no more"}),
        ("INSERT INTO knowledge_text_1 (rowid, text) VALUES (99, 'gone')", {"words": "lack in it, 1 are no more"}),
        ("UPDATE knowledge_text_1_data SET block = randomblob(50) WHERE id > 10", {"words": "corruption found"}),
        ("DROP TABLE knowledge_text_1", {"words": "there is no index of words"}),
        ("DELETE FROM vec_knowledge_384 WHERE rowid = 2", {"without_vector": 1}),
        ("DELETE FROM vec_knowledge_384_chunks WHERE partition00 = 1", {"without_vector": 3}),
        ("DELETE FROM vec_knowledge_384_vector_chunks00 WHERE rowid = 1", {"without_vector": 3, "stray_vectors": 3}),
        ("DELETE FROM vec_knowledge_384_rowids WHERE rowid = 2", {"without_vector": 1, "stray_vectors": 1}),
        (
            "UPDATE vec_knowledge_384_vector_chunks00 SET vectors = randomblob(length(vectors)) WHERE rowid = 1",
            {"without_vector": 3, "stray_vectors": 3},
        ),
        ("DELETE FROM knowledge_base WHERE id = 2", {"stray_vectors": 1, "words": "0 passages lack in it, 1 are no"}),
        ("DELETE FROM knowledge_document WHERE id = 2", {"stray_passages": 1}),
    ],
)  # fmt: skip
def test_it_is_found_and_mended_and_the_others_are_as_they_were(
    written: Path, tmp_path: Path, spoil: str, expected: dict[str, object]
) -> None:
    library, checking = spoiled(written, tmp_path, lambda database: database.execute(spoil))
    assert _found(library, "second") == _found(Library.on(written), "second")
    checked = checking.check(ANN, "first", repair=False)
    found = checked.model_dump(include={"without_vector", "stray_vectors", "stray_passages", "words"})
    assert not checked.sound and expected.items() <= (found | {"words": expected.get("words", "")}).items()
    assert str(expected.get("words", "")) in checked.words
    with pytest.raises(NacreError, match="The collection “first” is damaged") as refused:
        library.search("first", "ship")
    assert refused.value.code == "knowledge-damaged" and "nacre knowledge check first" in refused.value.hint
    assert checking.check(ANN, "first", repair=True).sound
    assert checking.check(ANN, "first", repair=False) == Checked(
        collection="first", sound=True, repaired=False, without_vector=0, stray_vectors=0, stray_passages=0, words="",
        documents=[],
    )  # fmt: skip
    expected_there = {"anchor", "sky"} if "WHERE id = 2" in spoil else {"anchor", "sail", "sky"}
    assert {record.document for record in library.search("first", "ship").records} == expected_there
    assert _found(library, "second") == _found(Library.on(written), "second")
    library.store.close()


def test_what_numbers_alone_tell_is_told_at_the_start(written: Path, tmp_path: Path) -> None:
    library, checking = spoiled(written, tmp_path, lambda one: one.execute("DELETE FROM knowledge_text_2"))
    assert checking.damaged == {"second": "it has 3 passages, 3 vectors, and the words of 0"}
    with pytest.raises(NacreError, match="“second” is damaged"):
        library.search("second", "ship", mode="text")
    checking.check(ANN, "second", repair=True)
    assert checking.damaged == {}
    library.store.close()


def test_documents_whose_vectors_were_brought_along_are_named_and_can_be_brought_again(
    written: Path, tmp_path: Path
) -> None:
    library, checking = spoiled(
        written, tmp_path, lambda one: one.execute("DELETE FROM vec_knowledge_4 WHERE rowid > 102")
    )
    checked = checking.check(ANN, "own", repair=True)
    assert not checked.sound and checked.documents == ["96", "97", "98"]
    library.adding.add(ANN, "own", [New(name, f"again{name}", {}, [1.0, 2, 3, 4]) for name in checked.documents])
    assert checking.check(ANN, "own", repair=False).sound
    assert len(library.search("own", None, vector=[1.0, 0, 0, 0], top_k=200).records) == 99
    library.store.close()


def test_a_page_that_was_written_over_costs_one_collection_until_it_is_mended(written: Path, tmp_path: Path) -> None:
    path = tmp_path / "spoilt.db"
    path.write_bytes(written.read_bytes())
    database = apsw.Connection(str(path))
    inner = "SELECT max(pageno) FROM dbstat WHERE name = 'vec_knowledge_384_vector_chunks00' AND pagetype = 'overflow'"
    page = int(str(database.execute(inner).get))
    database.close()
    with path.open("r+b") as file:
        file.seek((page - 20) * 4096)  # from the middle of the vectors of “second” on
        file.write(os.urandom(4096))
    library, checking = spoiled(path, tmp_path, lambda one: None)
    assert list(library.store.soundness.damage) == ["vec_knowledge_384_vector_chunks00"]
    with pytest.raises(NacreError, match="“second” is damaged") as refused:
        library.search("second", "ship")
    assert refused.value.code == "knowledge-damaged"
    assert _found(library, "first") == _found(Library.on(written), "first")
    checked = checking.check(ANN, "second", repair=True)
    assert checked.sound and checked.without_vector == 3
    assert _found(library, "second") == _found(Library.on(written), "second")
    library.add("second", more="A mast carries sails.")
    library.store.close()


def _found(library: Library, name: str) -> list[tuple[str, float]]:
    return [(record.document, record.score) for record in library.search(name, "what holds a ship").records]
