"""The cache of answers: what it keeps in memory is little, and what it gives is all."""

import gc
from datetime import timedelta
from pathlib import Path

from nacre.core.clock import system_clock
from nacre.llm.book.book import Book
from nacre.llm.caching.answers import Answered, Answers

_MANY = 5000


async def test_memory_holds_few_answers_and_the_book_gives_all(tmp_path: Path, until) -> None:
    book = Book(tmp_path / "llm.db")
    answers = Answers(book, system_clock, timedelta(hours=1), 1 << 30)
    for number in range(_MANY):
        answers.put(number.to_bytes(32), "(home)", Answered(f"This is number {number}.", "fake", "stop", 3, 5))
    await until(lambda: book.read("SELECT count(*) FROM answer") == [(_MANY,)])
    for number in range(_MANY):
        found = answers.get(number.to_bytes(32))
        assert found is not None and found.text == f"This is number {number}."
    assert sum(isinstance(each, Answered) for each in gc.get_objects()) < _MANY / 4
    book.close()
