"""A shelf gives back every line that was added, once and in order, whatever happened to its writer."""

import pytest

from nacre.engines.logs.line import Entry, Level, Place
from nacre.engines.logs.query import Query
from nacre.engines.logs.reader import Reader
from nacre.engines.logs.search import follow, search
from nacre.engines.logs.shelf import Shelf, ShelfInUse


def entries(first: int, count: int) -> list[Entry]:
    return [
        Entry(1_000 * number, Level(number % 6), f"line {number} of request id{number:06d}".encode())
        for number in range(first, first + count)
    ]


def everything(reader: Reader) -> list[tuple[int, bytes]]:
    found = follow({"it": reader}, Query(), after={}, most=1_000_000)
    assert found.finished and not found.missing
    return [(hit.line.number, hit.line.text) for hit in found.hits]


def test_lines_and_place_are_as_they_were_added_also_by_the_next_writer(tmp_path):
    added, reader = [], Reader(tmp_path)
    for round_ in range(3):
        shelf = Shelf(tmp_path, block_bytes=2_000)
        for at in range(20):
            first = round_ * 200 + at * 10 + 1
            assert shelf.add(entries(first, 10), Place(7, first)) == first
            added += [(entry_at, entry.text) for entry_at, entry in enumerate(entries(first, 10), first)]
            assert everything(reader) == added
        shelf.close()
    assert Shelf(tmp_path).place() == Place(7, 591)
    back = search({"it": reader}, Query(), most=1_000)
    assert [(hit.line.number, hit.line.text) for hit in back.hits] == added[::-1]


def test_a_second_writer_is_refused(tmp_path):
    shelf = Shelf(tmp_path)
    with pytest.raises(ShelfInUse):
        Shelf(tmp_path)
    shelf.close()
    Shelf(tmp_path).close()
