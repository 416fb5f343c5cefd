"""A deleted collection is gone at once; what was in it goes bit by bit, through kills, and nothing else with it."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text
from tests.integration.knowledge.conftest import ANN, Library
from tests.waiting import eventually

from nacre.core.errors import NacreError
from nacre.core.principals import Role
from nacre.knowledge.preparing import New

_ROWS = 2000
OF_SHOP = replace(ANN, memberships={"shop": Role.USER})


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Library]:
    """Two collections whose vectors lie in one table, one by one."""
    library = Library.on(tmp_path / "data.db")
    random = np.random.default_rng(3)
    for name in ("gone", "kept"):
        library.make(name, dimension=8)
    for name, first in [(name, first) for first in range(0, _ROWS, 1000) for name in ("gone", "kept")]:
        news = [
            New(f"{number}", f"word{number} of {name}", {}, row)
            for number, row in enumerate(random.normal(size=(1000, 8)), first)
        ]
        library.adding.add(ANN, name, news)
    yield library
    library.collections.clearing.stop()
    library.store.close()


def test_it_is_gone_at_once_and_its_name_is_free_while_its_rows_are_still_there(filled: Library) -> None:
    filled.collections.clearing.stop()  # nothing is removed yet
    deleted = filled.collections.delete(ANN, "gone")
    assert (deleted.name, deleted.passages) == ("gone", _ROWS)
    assert _left(filled) == 2 * _ROWS
    for deed in (
        lambda: filled.search("gone", "word1"),
        lambda: filled.collections.show(ANN, "#1"),
        lambda: filled.add("gone", one="text"),
        lambda: filled.collections.delete(ANN, "gone"),
    ):
        with pytest.raises(NacreError) as refused:
            deed()
        assert refused.value.code == "collection-not-found"
    assert [one.name for one in filled.collections.readable(ANN)] == ["kept"]
    filled.make("gone", dimension=8)
    assert filled.search("gone", None, vector=[1.0] * 8).records == []


def test_what_was_in_it_goes_in_steps_and_nothing_else_does(filled: Library) -> None:
    filled.collections.delete(ANN, "gone")
    eventually(lambda: _left(filled) == _ROWS)
    eventually(lambda: _everything(filled).keys() == {"kept"})
    _whole(filled)
    assert [one.document for one in filled.search("kept", "word7", mode="text").records] == ["7"]
    filled.make("new", dimension=8)
    filled.adding.add(ANN, "new", [New("x", "word7", {}, [1.0] * 8)])
    assert len(filled.search(["new", "kept"], "word7", mode="text").records) == 2


def test_it_is_taken_up_again_however_often_it_is_killed_in_the_middle(filled: Library) -> None:
    filled.collections.clearing.stop()
    filled.collections.delete(ANN, "gone")
    argv = [sys.executable, "-m", "tests.integration.knowledge.clearer", str(filled.store.path)]
    kills = int(subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout)
    assert kills >= 3
    assert _everything(filled).keys() == {"kept"} and _left(filled) == _ROWS
    _whole(filled)


def test_a_project_that_is_deleted_takes_its_collections_along(filled: Library) -> None:
    filled.make("shops", dimension=8, project="shop")
    filled.adding.add(OF_SHOP, "shops", [New("x", "word7", {}, [1.0] * 8)])
    filled.collections.forget_project("shop")
    eventually(lambda: "shops" not in _everything(filled) and "#3" not in _everything(filled))


def _left(library: Library) -> int:
    with library.store.read() as connection:
        counts = [
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in ("knowledge_base", "knowledge_document", "vec_knowledge_8")
        ]
    return max(counts)


def _everything(library: Library) -> dict[str, int]:
    with library.store.read() as connection:
        return {row.name: row.id for row in connection.execute(text("SELECT id, name FROM knowledge_collection"))}


def _whole(library: Library) -> None:
    """Nothing is left of what was deleted, and all is there of what was not."""
    with library.store.read() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        tables = connection.execute(text("SELECT name FROM sqlite_schema WHERE name GLOB 'knowledge_[tl]e*_1*'")).all()
        ids = connection.execute(text("SELECT id FROM knowledge_base")).scalars().all()
        assert sorted(connection.execute(text("SELECT rowid FROM vec_knowledge_8_rowids")).scalars()) == sorted(ids)
        assert connection.execute(text("SELECT count(*) FROM knowledge_clearing")).scalar() == 0
    assert tables == []
    assert len(library.search("kept", None, vector=[1.0] * 8, top_k=1000).records) == 1000
