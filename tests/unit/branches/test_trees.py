"""The open trees of branches: who asks late for one that is being deleted finds none, and leaves none behind."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nacre.branches.catalog import Branch
from nacre.branches.places import Places
from nacre.branches.trees import Trees
from nacre.core.errors import NotFound
from nacre.core.names import Ref

GONE = Branch(
    id=2, project_id=1, ref=Ref("shop", "b"), state="running", port=5433, parent_id=1, generation_id=2,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip


@pytest.fixture
def trees(tmp_path: Path) -> Iterator[Trees]:
    places = Places(tmp_path)
    places.files(GONE.ref).mkdir(parents=True)
    trees = Trees(places)
    yield trees
    trees.close()


def test_a_look_at_a_branch_that_is_being_deleted_is_not_in_the_way_of_the_next_one_of_its_number(trees: Trees) -> None:
    trees.watch(GONE)
    trees.leave(GONE)
    with pytest.raises(NotFound, match="is being deleted"):
        trees.tree(GONE).health()
    trees.history("shop").forget(str(GONE.id))
    follows = replace(GONE, created_at=GONE.created_at + timedelta(seconds=1))
    trees.watch(follows)
    assert trees.tree(follows).health().watching
