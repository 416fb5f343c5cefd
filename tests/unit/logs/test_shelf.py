"""A shelf gives back every line that was added, once and in order, whatever happens to its writer and its files."""

import os
import random
import resource
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nacre.engines.logs.line import Entry, Level, Place
from nacre.engines.logs.query import Phrase, Query
from nacre.engines.logs.reader import Reader
from nacre.engines.logs.search import Found, ends, follow, search
from nacre.engines.logs.shelf import Shelf, ShelfInUse

SOURCE = 7
FRESH = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def text(number: int) -> bytes:
    return f"line {number} of request id{number:06d}".encode()


def entries(first: int, count: int) -> list[Entry]:
    return [Entry(1_000 * number, Level(number % 6), text(number)) for number in range(first, first + count)]


def grow(shelf: Shelf, count: int) -> None:
    """Add the lines that come next in a source where each line takes one byte."""
    place = shelf.place()
    first = 1 if place is None else place.offset + 1
    shelf.add(entries(first, count), Place(SOURCE, first + count - 1))


def read(folder: Path, query: Query | None = None) -> Found:
    return follow({"it": Reader(folder)}, query or Query(), after={}, most=1_000_000)


def numbers(found: Found) -> list[int]:
    for hit in found.hits:
        assert hit.line.text == text(hit.line.number)
    return [hit.line.number for hit in found.hits]


def complete(folder: Path) -> list[int]:
    """The numbers of all lines, of which none may be missing."""
    found = read(folder)
    assert found.finished and not found.missing
    return numbers(found)


def test_lines_and_place_are_as_they_were_added_also_by_the_next_writer(tmp_path):
    for round_ in range(3):
        shelf = Shelf(tmp_path, block_bytes=2_000)
        for at in range(20):
            grow(shelf, 10)
            assert complete(tmp_path) == list(range(1, 200 * round_ + 10 * at + 11))
        shelf.close()
    back = search({"it": Reader(tmp_path)}, Query(), most=1_000)
    assert numbers(back) == list(range(600, 0, -1))


def test_a_place_alone_is_kept_and_lines_without_one_leave_it(tmp_path):
    shelf = Shelf(tmp_path)
    assert shelf.place() is None
    shelf.add([], Place(3, 50))
    shelf.add([Entry(0, Level.INFO, b"50 bytes left out")])
    shelf.close()
    shelf = Shelf(tmp_path)
    assert (shelf.place(), shelf.end) == (Place(3, 50), 2)


def test_a_second_writer_is_refused(tmp_path):
    shelf = Shelf(tmp_path)
    with pytest.raises(ShelfInUse):
        Shelf(tmp_path)
    shelf.close()
    Shelf(tmp_path).close()


def test_a_writer_killed_at_any_moment_loses_nothing_and_readers_meanwhile_see_each_line_once(tmp_path):
    chance, reader, seen = random.Random(1), Reader(tmp_path), 0
    for _ in range(15):
        parent, child = os.getpid(), os.fork()
        if not child:
            write_for_ever(tmp_path, parent)
        wanted = seen + chance.randrange(1, 400)
        while seen < wanted:
            found = follow({"it": reader}, Query(), after={}, most=1_000_000)
            those = numbers(found)
            with reader.snapshot() as now:
                kept_from = now.first  # a look may be so slow that its writer lets go of what it had not come to
            assert not found.missing and those == sorted(set(those))
            assert all(number < kept_from for number in {*range(seen + 1, found.reached["it"])}.difference(those))
            seen = max(seen, ends({"it": reader})["it"] - 1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    shelf = Shelf(tmp_path)
    those = complete(tmp_path)
    place = shelf.place()
    assert place and place.offset == those[-1] == shelf.end - 1 and those == list(range(those[0], those[-1] + 1))


def write_for_ever(folder: Path, parent: int) -> None:
    """As long as whoever is to kill it is there: a test that is itself killed leaves nothing running."""
    try:
        shelf, chance = Shelf(folder, block_bytes=1_000, segment_bytes=4_000), random.Random()
        while os.getppid() == parent:
            grow(shelf, chance.randrange(8))
            if not chance.randrange(10):
                shelf.trim(40_000, 0)
    finally:
        os._exit(1)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """300 lines in some files of blocks and a tail."""
    folder = tmp_path_factory.mktemp("written")
    shelf = Shelf(folder, block_bytes=1_500, segment_bytes=2_500)
    for _ in range(30):
        grow(shelf, 10)
    shelf.close()
    assert len(list(folder.glob("*.blocks"))) > 1
    return folder


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    try:
        yield copy
    finally:
        shutil.rmtree(copy)


@settings(FRESH, max_examples=40)
@given(st.data())
def test_a_tail_cut_anywhere_goes_on_with_the_place_of_what_is_left(written, data):
    with copied(written) as folder:
        (tail,) = folder.glob("*.tail")
        os.truncate(tail, data.draw(st.integers(0, tail.stat().st_size)))
        shelf = Shelf(folder, block_bytes=1_500)
        for _ in range(4):
            grow(shelf, 100)
        those = complete(folder)
        assert those == list(range(1, shelf.end)) and shelf.place() == Place(SOURCE, those[-1])
        shelf.close()


@settings(FRESH, max_examples=100)
@given(st.data())
def test_a_damaged_file_loses_what_is_in_it_and_says_so(written, data):
    with copied(written) as folder:
        file = data.draw(st.sampled_from(sorted(folder.iterdir())))
        content = bytearray(file.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "zeros", "gone"])):
            case "flip":
                content[at] ^= 1 << data.draw(st.integers(0, 7))
            case "cut":
                del content[at:]
            case "zeros":
                content[at : at + 4096] = bytes(len(content[at : at + 4096]))
            case "gone":
                content.clear()
        file.write_bytes(content)
        assert_told(read(folder))
        sought = data.draw(st.integers(1, 300))
        told = read(folder, Query([Phrase(f"id{sought:06d}")]))
        assert numbers(told) == [sought] or sought >= told.reached["it"] or is_told(told, sought)
        shelf = Shelf(folder, block_bytes=1_500)
        grow(shelf, 10)
        shelf.close()
        found = read(folder)
        assert found.finished
        assert {hit.line.text for hit in found.hits} >= {
            text(number) for number in range(1, 301) if number in numbers(told)
        }


def assert_told(found: Found) -> None:
    assert found.finished
    there = numbers(found)
    assert there == sorted(set(there))
    assert all(number in there or is_told(found, number) for number in range(1, found.reached["it"]))


def is_told(found: Found, number: int) -> bool:
    return any(one.first <= number < one.end for _, one in found.missing)


@contextmanager
def files_no_larger_than(size_bytes: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_the_disk_does_not_take_is_not_there_and_may_be_added_again(tmp_path):
    shelf = Shelf(tmp_path, block_bytes=4_000)
    for room in range(100, 9_000, 400):
        size = max(file.stat().st_size for file in tmp_path.iterdir())
        with files_no_larger_than(size + room % 1_000):
            for _ in range(40):
                end = shelf.end
                try:
                    grow(shelf, 7)
                except OSError:
                    assert shelf.end == end
                    assert complete(tmp_path) == list(range(1, end))
                    break
        grow(shelf, 7)
        assert complete(tmp_path) == list(range(1, shelf.end))


def test_trimming_lets_the_oldest_go_by_size_and_by_age(tmp_path):
    shelf = Shelf(tmp_path, block_bytes=2_000, segment_bytes=2_000)
    for _ in range(100):
        grow(shelf, 10)
    shelf.trim(8_000, 0)
    those = complete(tmp_path)
    assert those[0] > 1 and those[-1] == 1_000
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 8_000
    shelf.trim(8_000, 990_000)
    assert those[0] < complete(tmp_path)[0] <= 990
    shelf.trim(8_000, 2_000_000)
    assert complete(tmp_path) == []
    shelf.close()
    shelf = Shelf(tmp_path)
    assert shelf.place() == Place(SOURCE, 1_000)
    grow(shelf, 1)
    assert complete(tmp_path) == [1_001]


def test_a_search_goes_on_through_what_is_sealed_and_trimmed_meanwhile(tmp_path):
    shelf = Shelf(tmp_path, block_bytes=2_000, segment_bytes=2_000)
    for _ in range(50):
        grow(shelf, 10)
    readers, before, those = {"it": Reader(tmp_path)}, None, []
    while before is None or before["it"] > 1:
        found = search(readers, Query(), before=before, most=37)
        those += numbers(found)
        before = found.reached
        grow(shelf, 20)
    assert those == list(range(500, 0, -1))
    with readers["it"].snapshot() as snapshot:
        shelf.trim(0, 0)
        assert snapshot.chunks
    assert all(number > 500 for number in complete(tmp_path))
