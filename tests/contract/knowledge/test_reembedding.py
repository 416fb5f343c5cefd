"""Vectors of another model: made while documents come, change and go, and in place of the old ones at once."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.contract.knowledge.conftest import opened
from tests.integration.knowledge.conftest import ANN, Library
from tests.integration.knowledge.generations import is_of, reembedding_of, vectors_kept
from tests.integration.knowledge.models import Hashing
from tests.integration.knowledge.test_backups import Archives

from nacre.core.errors import NacreError, Unavailable
from nacre.core.principals import Kind, Principal, Role
from nacre.knowledge.collections import Plan
from nacre.knowledge.tables import collections, documents
from nacre.llm.embedding.chunking import Chunking


class Shelf:
    """A collection of some documents, whose vectors are of the model "old"."""

    def __init__(self, library: Library, models: Hashing, name: str) -> None:
        self.library, self.models, self.name = library, models, name
        self.reembedding = reembedding_of(library, models)
        self.reembedding.stop()  # it begins and cancels, and works when it is told to
        library.collections.create(ANN, Plan(name, "private", None, "old", None, "cosine", Chunking(by="none")))
        library.add(name, **{f"d{number}": f"document {number}" for number in range(8)})

    @property
    def number(self) -> int:
        with self.library.store.read() as connection:
            find = select(collections.c.id).where(collections.c.name == self.name)
            return int(connection.execute(find).scalar_one())

    def settle(self) -> None:
        """All that can be done is done."""
        reembedding_of(self.library, self.models).finish()

    def documents(self) -> list[str]:
        with self.library.store.read() as connection:
            find = select(documents.c.name).where(documents.c.collection_id == self.number)
            return sorted(connection.execute(find).scalars())

    def nearest(self, text: str) -> str:
        return self.library.search(self.name, text, mode="vector").records[0].passage


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def library(request: pytest.FixtureRequest) -> Library:
    return opened(request.getfixturevalue(request.param), embedder=Hashing())


@pytest.fixture
def shelf(library: Library, request: pytest.FixtureRequest) -> Iterator[Shelf]:
    models = library.adding.embedder
    assert isinstance(models, Hashing)
    name = f"shelf-{abs(hash(request.node.name)) % 10**8}"
    yield Shelf(library, models, name)
    models.__init__()  # type: ignore[misc]
    if any(one.name == name for one in library.collections.readable(ANN)):
        library.collections.delete(ANN, name)
    library.collections.clearing.finish()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("model", ["new", "same"])
def test_documents_that_come_change_and_go_meanwhile_are_right_before_and_after(
    shelf: Shelf, seed: int, model: str
) -> None:
    chance = random.Random(seed)

    def meanwhile(asked: str, texts: Sequence[str]) -> None:
        """Between a batch that is read and its vectors that are written."""
        if asked != model or list(texts) == [shelf.name]:
            return
        shelf.models.before = lambda asked, texts: None
        for _ in range(chance.randrange(3)):
            names = shelf.documents()
            deed = chance.choice(["come", "change", "go"]) if names else "come"
            if deed == "go":
                shelf.library.adding.remove(ANN, shelf.name, chance.choice(names))
            else:
                name = chance.choice(names) if deed == "change" else f"n{chance.randrange(10**6)}"
                shelf.library.add(shelf.name, **{name: f"text {chance.randrange(10**6)}"})
        some = shelf.library.search(shelf.name, None, vector=[1.0] * 5, top_k=1).records[0].passage
        assert shelf.nearest(some) == some, "by the old ones, whose model the query is embedded by"
        shelf.models.before = meanwhile

    shelf.models.before = meanwhile
    shelf.reembedding.begin(ANN, shelf.name, model)
    at = shelf.library.collections.show(ANN, shelf.name)
    assert at.model == "old" and at.reembedding is not None and at.reembedding.model == model
    shelf.settle()
    shelf.models.before = lambda asked, texts: None
    is_of(shelf.library, shelf.models, shelf.name, model)
    is_of(opened(shelf.library.store, embedder=shelf.models), shelf.models, shelf.name, model)
    shelf.library.add(shelf.name, later="by the new model")
    is_of(shelf.library, shelf.models, shelf.name, model)


def test_what_was_begun_with_the_old_vectors_ends_with_the_new_ones(shelf: Shelf) -> None:
    def switch(asked: str, texts: Sequence[str]) -> None:
        """The vectors are replaced while the text of a query, or of a document, is embedded by the old model."""
        if asked == "old":
            shelf.models.before = lambda asked, texts: None
            shelf.settle()
            shelf.library.collections.clearing.finish()

    shelf.library.search(shelf.name, "document 3")
    shelf.reembedding.begin(ANN, shelf.name, "new")
    shelf.models.before = switch
    assert shelf.nearest("document 3") == "document 3"
    is_of(shelf.library, shelf.models, shelf.name, "new")
    shelf.reembedding.begin(ANN, shelf.name, "old")
    shelf.settle()
    shelf.reembedding.begin(ANN, shelf.name, "same")
    shelf.models.before = switch
    shelf.library.add(shelf.name, later="a document that is added meanwhile")
    is_of(shelf.library, shelf.models, shelf.name, "same")


def test_writers_and_searches_at_full_speed_are_right_throughout(shelf: Shelf) -> None:
    def write() -> None:
        for turn in range(25):
            shelf.library.add(shelf.name, **{f"w{turn}": f"written {turn}"})
            if turn % 3 == 0:
                shelf.library.adding.remove(ANN, shelf.name, f"w{turn}")

    def search() -> None:
        while not written.is_set():
            assert shelf.nearest("document 5") == "document 5"

    written = threading.Event()
    with ThreadPoolExecutor(2) as threads:
        for model in ("new", "same"):
            written.clear()
            shelf.reembedding.begin(ANN, shelf.name, model)
            searching, writing = threads.submit(search), threads.submit(write)
            writing.add_done_callback(lambda _: written.set())
            while not writing.done():
                shelf.settle()
            writing.result()
            searching.result()
            shelf.settle()
            is_of(shelf.library, shelf.models, shelf.name, model)


def test_a_name_that_stands_for_another_model_is_followed(shelf: Shelf) -> None:
    shelf.models.digests["old"] = "old-2"
    for deed in (lambda: shelf.nearest("document 1"), lambda: shelf.library.add(shelf.name, more="text")):
        error = refused("model-changed", deed)
        assert f"knowledge collection reembed {shelf.name}" in error.hint
    shelf.reembedding.begin(ANN, shelf.name, None)
    shelf.library.adding.remove(ANN, shelf.name, "d7")
    shelf.settle()
    is_of(shelf.library, shelf.models, shelf.name, "old")
    refused("same-model", lambda: shelf.reembedding.begin(ANN, shelf.name, "old"))


def test_it_pauses_where_the_model_cannot_be_asked_and_stops_where_it_is_another_one(shelf: Shelf) -> None:
    shelf.reembedding.begin(ANN, shelf.name, "new")
    shelf.models.down = Unavailable("provider-down", "It is down.", hint="Wait.")
    shelf.settle()
    at = shelf.library.collections.show(ANN, shelf.name).reembedding
    assert at is not None and (at.state, at.error, at.done, at.total) == ("paused", "It is down.", 0, 8)
    assert at.again_at is not None
    shelf.models.down = None
    shelf.settle()
    assert shelf.library.collections.show(ANN, shelf.name).model == "old", "not before its time"
    shelf.reembedding.begin(ANN, shelf.name, "new")
    shelf.models.digests["new"] = "new-2"
    shelf.settle()
    at = shelf.library.collections.show(ANN, shelf.name).reembedding
    assert at is not None and at.state == "stopped" and at.hint is not None and "cancel" in at.hint
    refused("being-reembedded", lambda: shelf.reembedding.begin(ANN, shelf.name, "new"))
    shelf.reembedding.cancel(ANN, shelf.name)
    is_of(shelf.library, shelf.models, shelf.name, "old")
    refused("not-being-reembedded", lambda: shelf.reembedding.cancel(ANN, shelf.name))
    shelf.reembedding.begin(ANN, shelf.name, "new")
    shelf.settle()
    is_of(shelf.library, shelf.models, shelf.name, "new")


def test_cancelled_or_deleted_in_the_middle_nothing_is_left_of_it(shelf: Shelf) -> None:
    def end(asked: str, texts: Sequence[str]) -> None:
        if asked == "new" and "document 4" in texts:
            shelf.models.before = lambda asked, texts: None
            shelf.reembedding.cancel(ANN, shelf.name)

    shelf.models.before = end
    shelf.reembedding.begin(ANN, shelf.name, "new")
    shelf.settle()
    is_of(shelf.library, shelf.models, shelf.name, "old")

    def delete(asked: str, texts: Sequence[str]) -> None:
        if asked == "new" and "document 4" in texts:
            shelf.models.before = lambda asked, texts: None
            shelf.library.collections.delete(ANN, shelf.name)

    shelf.models.before, number = delete, shelf.number
    shelf.reembedding.begin(ANN, shelf.name, "new")
    shelf.settle()
    shelf.library.collections.clearing.finish()
    assert vectors_kept(shelf.library, number) == []


def test_it_is_begun_and_cancelled_by_those_who_may_fill_the_collection(shelf: Shelf) -> None:
    bob = Principal(Kind.PERSON, "bob", Role.ADMIN, person="bob")
    refused("collection-not-found", lambda: shelf.reembedding.begin(bob, shelf.name, "new"))
    refused("collection-not-found", lambda: shelf.reembedding.cancel(bob, shelf.name))


def refused(code: str, deed: Callable[[], object]) -> NacreError:
    with pytest.raises(NacreError) as caught:
        deed()
    assert caught.value.code == code
    return caught.value


def test_a_backup_has_the_vectors_that_are_searched(shelf: Shelf, tmp_path: Path) -> None:
    archives = Archives(shelf.library, tmp_path)
    shelf.reembedding.begin(ANN, shelf.name, "new")
    meanwhile = archives.back_up(shelf.name)
    shelf.settle()
    for data, model in ((meanwhile, "old"), (archives.back_up(shelf.name), "new")):
        (restored,) = archives.restore(data, name=f"restored-{model}").collections
        is_of(shelf.library, shelf.models, restored.name, model)
