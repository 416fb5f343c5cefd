"""Searching several shelves, page by page, counting, and what is made to take long or much."""

import random
import time
import tracemalloc
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nacre.engines.logs.asking import asked
from nacre.engines.logs.bloom import bloom, may_have
from nacre.engines.logs.counts import counts
from nacre.engines.logs.line import LEVELS, Entry, Level, Line
from nacre.engines.logs.query import Expression, Phrase, Query
from nacre.engines.logs.reader import Reader
from nacre.engines.logs.search import Found, Hit, around, ends, follow, search
from nacre.engines.logs.shelf import Shelf

MINUTE_MS = 60_000
START_MS = 1_790_000_000_000


@pytest.fixture(scope="module")
def shelves(tmp_path_factory) -> tuple[dict[str, Reader], dict[str, list[Line]]]:
    """Three shelves of lines whose times mostly grow, over some minutes, hours and days."""
    readers, lines = {}, {}
    for name, step_ms in (("a", 700), ("b", 20_000), ("c", 300_000)):
        chance, folder = random.Random(name), tmp_path_factory.mktemp(name)
        writer = Shelf(folder, block_bytes=800)
        entries = [
            Entry(
                START_MS + number * step_ms + chance.randrange(3 * step_ms),
                Level(chance.randrange(LEVELS)),
                f"{name} {number} {'even' if number % 2 == 0 else 'odd'}".encode(),
            )
            for number in range(1, 301)
        ]
        for at in range(0, 300, 7):
            writer.add(entries[at : at + 7])
        writer.close()
        readers[name] = Reader(folder)
        lines[name] = [Line(number, *entry) for number, entry in enumerate(entries, 1)]
    return readers, lines


def test_shelves_are_merged_by_time_and_each_gives_its_lines_by_number(shelves):
    readers, lines = shelves
    found = search(readers, Query([Phrase("even")]), most=1000)
    for name in readers:
        own = [hit.line for hit in found.hits if hit.shelf == name]
        assert own == [line for line in reversed(lines[name]) if line.number % 2 == 0]
    times = [hit.line.time_ms for hit in found.hits]
    # Within a shelf times go back by three steps at most: so far may the whole be off, and no further.
    assert all(later <= min(times[:at]) + 3 * 300_000 for at, later in enumerate(times) if at)


@settings(max_examples=25, deadline=None)
@given(most=st.integers(1, 90), in_time=st.booleans(), back=st.booleans())
def test_pages_together_are_all_lines_once_also_when_time_is_always_up(shelves, most, in_time, back):
    readers, lines = shelves
    within_s, reached = 60.0 if in_time else -1.0, None
    hits: list[Hit] = []
    while True:
        query = Query([Phrase("odd")])
        if back:
            found = search(readers, query, before=reached, most=most, within_s=within_s)
        else:
            found = follow(readers, query, after=reached or {}, most=most, within_s=within_s)
        hits += found.hits
        assert found.reached != reached or found.finished
        reached = found.reached
        if found.finished:
            break
    for name in readers:
        expected = [line for line in lines[name] if line.number % 2]
        assert [hit.line for hit in hits if hit.shelf == name] == (expected[::-1] if back else expected)


@settings(max_examples=60, deadline=None)
@given(
    since=st.integers(-100_000, 40_000_000),
    length=st.sampled_from([1, 999, 10_000, 180_000, 7_200_000, 90_000_000, 1 << 45]),
    most=st.integers(1, 200),
    least=st.sampled_from(Level),
    asked_for=st.sampled_from(["", "even", "-even"]),
)
def test_counts_are_those_of_the_lines(shelves, since, length, most, least, asked_for):
    readers, lines = shelves
    since_ms = START_MS + since
    counted = counts(readers, Query(asked(asked_for), least), since_ms, since_ms + length, most=most)
    assert counted.whole_from_ms is None and len(counted.buckets) <= most + 1
    expected = [[0] * LEVELS for _ in counted.buckets]
    for line in (line for each in lines.values() for line in each):
        sought = not asked_for or (b"even" in line.text) == (asked_for == "even")
        if sought and since_ms <= line.time_ms < since_ms + length and line.level >= least:
            expected[(line.time_ms - counted.start_ms) // counted.step_ms][line.level] += 1
    assert [list(bucket) for bucket in counted.buckets] == expected


def test_counts_that_take_too_long_say_from_when_on_they_are_whole(shelves):
    readers, lines = shelves
    counted = counts(readers, Query(), START_MS, START_MS + (1 << 30), within_s=-1)
    whole_from_ms = counted.whole_from_ms
    assert whole_from_ms is not None
    newest = max(line.time_ms for each in lines.values() for line in each)
    assert START_MS < whole_from_ms <= newest


def test_lines_around_one_are_its_neighbours(shelves):
    readers, lines = shelves
    assert around(readers["a"], 150, 30, 20) == lines["a"][119:170]
    assert around(readers["a"], 1, 5, 1) == lines["a"][:2]
    assert around(readers["a"], 300, 1, 5) == lines["a"][298:]
    assert around(readers["a"], 999_999) == []


def test_following_begins_at_the_end_and_gives_what_comes(tmp_path):
    shelf, readers = Shelf(tmp_path, block_bytes=300), {"it": Reader(tmp_path), "none": Reader(tmp_path / "none")}
    shelf.add([Entry(0, Level.INFO, b"before")])
    after = ends(readers)
    for number in range(50):
        shelf.add([Entry(number, Level.INFO, f"line {number}".encode()), Entry(number, Level.ERROR, b"other")])
        found = follow(readers, Query([Phrase("line")]), after=after)
        assert [hit.line.text for hit in found.hits] == [f"line {number}".encode()] and found.finished
        after = dict(found.reached)
    assert after == {"it": 102, "none": 1}


def test_following_reads_no_shelf_that_nothing_was_added_to(tmp_path):
    shelf, reader = Shelf(tmp_path, block_bytes=300), Reader(tmp_path)
    reached = 0
    for number in range(50):
        shelf.add([Entry(number, Level.INFO, f"line {number}".encode())])
        assert not reader.ends_still_at(reached)
        found = follow({"it": reader}, Query(), after={"it": reached})
        reached = found.reached["it"]
        assert [hit.line.text for hit in found.hits] == [f"line {number}".encode()]
        assert reader.ends_still_at(reached) and not reader.ends_still_at(reached - 1)
        idle = follow({"it": reader}, Query(), after={"it": reached})
        assert (idle.hits, idle.reached, idle.finished) == ([], {"it": reached}, True)
    (tmp_path / next(name for name in tmp_path.iterdir() if name.suffix == ".tail")).unlink()
    assert not reader.ends_still_at(reached)


def test_a_filter_of_300_000_words_has_them_all_and_few_others():
    words = [f"w{number:x}".encode() for number in range(300_000)]
    filter_ = bloom(words)

    def has(word: bytes) -> bool:
        return may_have([crc32(word)], len(filter_), lambda at: filter_[at : at + 8])

    assert all(has(word) for word in words[::50])
    assert sum(has(f"x{number}".encode()) for number in range(20_000)) < 20_000 * 0.01


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Reader:
    """Lines of any bytes, of 64 KB cut within a character, times that go backwards, a block of words of their own."""
    folder = tmp_path_factory.mktemp("hostile")
    shelf, chance = Shelf(folder), random.Random(7)
    shelf.add([Entry(START_MS - at, Level.INFO, chance.randbytes(1000)) for at in range(500)])
    shelf.add([Entry(-(1 << 40), Level.INFO, ("错误" * 11_000).encode()[: 64 << 10]) for _ in range(40)])
    shelf.add([Entry(1 << 50, Level.ERROR, b"a" * 30 + b"!") for _ in range(30_000)])
    words = b" ".join(f"{number:x}".encode() for number in range(300_000))
    shelf.add([Entry(START_MS, Level.INFO, words[at : at + 60_000]) for at in range(0, len(words), 60_000)])
    shelf.close()
    return Reader(folder)


@pytest.mark.parametrize("text", ["", "-nothing", "a", "/(a+)+$/", "/(.*)*(.*)*b/", "*a*", "错误", "x=y", "-/./"])
def test_no_query_takes_long_or_much(hostile, text):
    def found(before: dict[str, int] | None) -> Found:
        return search({"it": hostile}, Query(asked(text)), before=before, most=50, within_s=0.2)

    tracemalloc.start()
    began = time.monotonic()
    first = found(None)
    assert time.monotonic() - began < 5
    assert tracemalloc.get_traced_memory()[1] < 60 << 20
    tracemalloc.stop()
    assert len(first.hits) <= 50 and not first.missing
    if not first.finished:
        assert found(dict(first.reached)).reached["it"] < first.reached["it"]


def test_an_expression_that_asks_for_too_much_is_refused():
    with pytest.raises(ValueError, match="no regular expression"):
        search({}, Query([Expression("((a{100}){100}){100}")]))


def test_a_tail_that_is_not_kept_in_memory_is_read_again_also_when_it_became_blocks_meanwhile(tmp_path):
    shelf = Shelf(tmp_path, block_bytes=200)
    shelf.add([Entry(number, Level.INFO, f"line {number:04d}".encode()) for number in range(100)])
    with Reader(tmp_path).snapshot(of=1 << 30) as snapshot:
        (tail,) = snapshot.chunks
        for _ in range(2):
            assert [line.time_ms for line in tail.columns().lines()] == list(range(100))
            shelf.add([Entry(0, Level.INFO, b"later")])
