"""What is queued gets in: embedded across documents, each by itself to blame for what is wrong with it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection
from tests.integration.knowledge.conftest import ANN, Library
from tests.integration.knowledge.generations import reembedding_of
from tests.waiting import eventually
from tests.words import Words

from nacre.core.errors import Conflict, Failed, NacreError, Unavailable
from nacre.core.principals import Principal
from nacre.knowledge.ingestion.ingestion import Item, Queue
from nacre.knowledge.preparing import New


class People:
    """Those who may call by now."""

    def __init__(self) -> None:
        self.gone = False

    def __call__(self, connection: Connection, person: str) -> Principal | None:
        return None if self.gone else ANN


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(16)


@pytest.fixture(scope="module")
def people() -> People:
    return People()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, words: Words, people: People) -> Iterator[Library]:
    path = tmp_path_factory.mktemp("queue") / "data.db"
    library = Library.on(path, embedder=words, standing=people)
    yield library
    library.ingestion.line.stop()
    library.store.close()


@pytest.fixture(autouse=True)
def as_usual(words: Words, people: People) -> Iterator[None]:
    yield
    words.fault, words.digest, people.gone = lambda texts: None, "words", False
    words.goes.set()


def test_small_documents_are_embedded_together_and_the_same_again_is_left_alone(shelf: Library, words: Words) -> None:
    name = shelf.make("many")
    words.calls.clear()
    items = [Item(f"{number}.md", f"# Part {number}\n\nAbout anchor{number}.".encode()) for number in range(60)]
    words.goes.clear()
    assert shelf.ingestion.enqueue(ANN, name, items).waiting == 60
    eventually(lambda: sum(one.total == 1 for one in shelf.ingestion.show(ANN, name).at_work) == 60)
    words.goes.set()
    settled(shelf, name)
    assert shelf.collections.show(ANN, name).documents == 60 and len(words.calls) <= 3
    first = shelf.search(name, "anchor7", mode="text").records[0]
    assert (first.document, first.metadata) == ("7.md", {"kind": "text"})
    again = shelf.ingestion.enqueue(ANN, name, [*items, Item("60.md", b"new")])
    assert (again.waiting, again.unchanged) == (1, 60)
    settled(shelf, name)
    eventually(lambda: spooled(shelf) == [])


def test_what_is_wrong_with_a_document_is_told_of_it_alone(shelf: Library, words: Words) -> None:
    name = shelf.make("faulty")
    words.fault = lambda texts: Failed("refused-by-provider", "No.") if any("poison" in one for one in texts) else None
    bad = {"a.pdf": b"no PDF", "b.md": b"  \n", "c.txt": b"\xff\x00\xff\x00\x01", "d.md": b"poison"}
    good = {f"{number}.md": b"wine" for number in range(20)}
    shelf.ingestion.enqueue(ANN, name, [Item(key, data) for key, data in (bad | good).items()])
    queue = settled(shelf, name)
    assert (queue.failed, shelf.collections.show(ANN, name).documents) == (4, 20)
    told = {one.name: one.code for one in shelf.ingestion.listing(ANN, name, "failed", "", 10)}
    assert told == {
        "a.pdf": "wrong-type",
        "b.md": "empty-document",
        "c.txt": "wrong-type",
        "d.md": "refused-by-provider",
    }
    words.fault = lambda texts: None
    assert shelf.ingestion.retry(ANN, name, "d.md").documents == 1
    assert settled(shelf, name).failed == 3
    assert shelf.ingestion.clear(ANN, name, None).documents == 3
    eventually(lambda: spooled(shelf) == [])


def test_while_the_provider_is_down_documents_wait_and_the_queue_says_why(shelf: Library, words: Words) -> None:
    name = shelf.make("down")
    words.fault = lambda texts: Unavailable("provider-down", "Nobody answers.")
    shelf.ingestion.enqueue(ANN, name, [Item(f"{number}", "sail") for number in range(5)])
    eventually(lambda: shelf.ingestion.show(ANN, name).held)
    queue = shelf.ingestion.show(ANN, name)
    (held,) = queue.held
    assert (queue.waiting, queue.failed, queue.paused) == (5, 0, False)
    assert (held.reason, held.person) == ("Nobody answers.", None)
    assert held.until is not None and 5 < (held.until - held.held_at).total_seconds() <= 10
    words.fault = lambda texts: None
    shelf.ingestion.resume(ANN, name)
    assert settled(shelf, name).held == []
    assert shelf.collections.show(ANN, name).documents == 5


def test_a_document_that_takes_too_long_is_tried_again_a_few_times(shelf: Library, words: Words) -> None:
    name = shelf.make("slow")
    words.fault = lambda texts: Unavailable("provider-timeout", "Too long.")
    shelf.ingestion.enqueue(ANN, name, [Item("a", "sail")])
    eventually(lambda: shelf.ingestion.listing(ANN, name, "waiting", "", 1)[0].attempts == 1)
    (one,) = shelf.ingestion.listing(ANN, name, None, "", 1)
    assert (one.state, one.code, one.error) == ("waiting", "provider-timeout", "Too long.") and one.not_before
    words.fault = lambda texts: None
    shelf.ingestion.retry(ANN, name, None)
    settled(shelf, name)
    assert shelf.collections.show(ANN, name).documents == 1


@pytest.mark.parametrize("code", ["key-refused", "model-changed"])
def test_what_only_a_person_can_mend_pauses_the_collection(shelf: Library, words: Words, code: str) -> None:
    name = shelf.make(code)
    if code == "key-refused":
        words.fault = lambda texts: Conflict("key-refused", "The key is wrong.", hint="Set another.")
    else:
        words.digest = "other words"
    shelf.ingestion.enqueue(ANN, name, [Item("a", "sail")])
    eventually(lambda: shelf.ingestion.show(ANN, name).paused)
    queue = shelf.ingestion.show(ANN, name)
    assert (queue.waiting, queue.held[0].code, queue.held[0].until) == (1, code, None)
    words.fault, words.digest = lambda texts: None, "words"
    shelf.ingestion.resume(ANN, name)
    settled(shelf, name)


def test_what_waits_because_the_model_is_another_one_goes_on_once_its_vectors_are_made(
    shelf: Library, words: Words
) -> None:
    name = shelf.make("anew")
    shelf.add(name, before="anchor")
    words.digest = "other words"
    shelf.ingestion.enqueue(ANN, name, [Item("after", "sail")])
    eventually(lambda: shelf.ingestion.show(ANN, name).paused)
    reembedding = reembedding_of(shelf, words, switched=shelf.ingestion.line.wake)
    reembedding.begin(ANN, name, None)
    settled(shelf, name)
    reembedding.stop()
    assert passages(shelf, name) == {"before": "anchor", "after": "sail"}
    assert shelf.collections.show(ANN, name).digest == "other words" and not shelf.ingestion.show(ANN, name).paused


def test_a_spent_budget_holds_up_whoever_spent_it(shelf: Library, words: Words) -> None:
    name = shelf.make("spent")
    words.fault = lambda texts: Conflict("budget-spent", "Ann's is spent.")
    shelf.ingestion.enqueue(ANN, name, [Item("a", "sail")])
    eventually(lambda: shelf.ingestion.show(ANN, name).held)
    queue = shelf.ingestion.show(ANN, name)
    assert (queue.paused, queue.held[0].person) == (False, "ann")
    shelf.ingestion.clear(ANN, name, None)


def test_a_paused_queue_waits_and_a_newer_document_takes_the_place_of_an_older(shelf: Library, words: Words) -> None:
    name = shelf.make("paused")
    assert shelf.ingestion.pause(ANN, name).paused
    shelf.ingestion.enqueue(ANN, name, [Item("a", "old"), Item("b", "other")])
    before = shelf.ingestion.listing(ANN, name, None, "", 5)
    shelf.ingestion.enqueue(ANN, name, [Item("a", "new"), Item("b", "other")])
    after = shelf.ingestion.listing(ANN, name, None, "", 5)
    assert [one.asked_at for one in after] == [one.asked_at for one in before] and len(spooled(shelf)) == 2
    shelf.adding.add(ANN, name, [New("b", "by hand", {})])
    assert [one.name for one in shelf.ingestion.listing(ANN, name, None, "", 5)] == ["a"]
    assert shelf.ingestion.show(ANN, name).done == 0
    shelf.ingestion.resume(ANN, name)
    settled(shelf, name)
    assert passages(shelf, name) == {"a": "new", "b": "by hand"}


def test_what_is_replaced_while_it_is_embedded_is_not_written(shelf: Library, words: Words) -> None:
    name = shelf.make("raced")
    words.goes.clear()
    shelf.ingestion.enqueue(ANN, name, [Item("a", "old"), Item("b", "stays")])
    eventually(lambda: [one for one in shelf.ingestion.show(ANN, name).at_work if one.total == 1])
    shelf.ingestion.enqueue(ANN, name, [Item("a", "new")])
    shelf.ingestion.clear(ANN, name, "b")
    words.goes.set()
    settled(shelf, name)
    assert passages(shelf, name) == {"a": "new"}


def test_a_large_document_is_embedded_in_parts_and_gets_in_whole(shelf: Library, words: Words) -> None:
    large, other = shelf.make("large"), shelf.make("beside")
    words.calls.clear()
    words.goes.clear()
    text = "\n\n".join(f"# Part {number}\n\nAbout anchor{number}." for number in range(1500))
    shelf.ingestion.enqueue(ANN, large, [Item("book.md", text)])
    eventually(lambda: len(words.calls) == 2)
    shelf.ingestion.enqueue(ANN, other, [Item("page.md", "short")])
    eventually(lambda: shelf.ingestion.show(ANN, other).at_work)
    seen: list[int] = []
    words.fault = lambda texts: seen.append(shelf.collections.show(ANN, large).passages)
    words.goes.set()
    settled(shelf, large)
    settled(shelf, other)
    assert set(seen) == {0} and shelf.collections.show(ANN, large).passages == 1500
    turn = next(at for at, call in enumerate(words.calls) if "short" in call)
    assert turn < len(words.calls) - 1, "the other collection does not wait for the end of the book"


def test_documents_of_somebody_who_is_gone_or_may_not_any_more_fail(shelf: Library, people: People) -> None:
    name = shelf.make("left")
    people.gone = True
    shelf.ingestion.enqueue(ANN, name, [Item("a", "sail")])
    settled(shelf, name)
    (one,) = shelf.ingestion.listing(ANN, name, "failed", "", 5)
    assert one.code == "asker-gone" and one.error is not None and "ann" in one.error
    shelf.ingestion.clear(ANN, name, "a")


def test_documents_of_a_collection_with_vectors_of_its_own_are_refused_at_the_door(shelf: Library) -> None:
    name = shelf.make("own", dimension=2)
    with pytest.raises(NacreError) as refused:
        shelf.ingestion.enqueue(ANN, name, [Item("a", "sail")])
    assert refused.value.code == "vector-needed" and spooled(shelf) == []


def settled(shelf: Library, name: str) -> Queue:
    """The queue, once nothing waits in it."""
    eventually(lambda: shelf.ingestion.show(ANN, name).waiting == 0)
    return shelf.ingestion.show(ANN, name)


def passages(shelf: Library, name: str) -> dict[str, str]:
    found = shelf.search(name, None, vector=[1.0] * 16, top_k=100).records
    return {one.document: one.passage for one in found}


def spooled(shelf: Library) -> list[str]:
    folder = shelf.store.path.with_name("knowledge")
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
