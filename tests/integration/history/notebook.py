"""A project whose state is a list of words, each of them a row and a file: both must always tell the same."""

import time
from datetime import UTC, datetime
from typing import Any

from tests.daemon import House

_TICK_S = 0.03
"""Longer than the kernel's tick, from which files take their time: what comes later is stamped later."""


class Notebook:
    """A branch of a house; `write` adds a word to its database and its folder, `words` reads both."""

    def __init__(self, house: House, ref: str) -> None:
        self.house = house
        self.ref = ref
        shown = house.call("project.show", ref=ref)
        self.url = shown["database_url"]
        self._folder = house.files(ref)

    @classmethod
    def create(cls, house: House, name: str) -> "Notebook":
        house.call("project.create", name=name)
        notebook = cls(house, name)
        notebook.sql("CREATE TABLE words (word text PRIMARY KEY)")
        return notebook

    def branch(self, name: str, at: str | None = None) -> "Notebook":
        arguments = {} if at is None else {"at": at}
        return Notebook(self.house, self.house.call("branch.create", ref=self.ref, name=name, **arguments)["ref"])

    def write(self, word: str) -> str:
        """Add a word; returns a moment at which it is there and nothing later is."""
        self.sql(f"INSERT INTO words VALUES ('{word}')")
        (self._folder / word).write_text(word)
        return self.moment()

    def words(self) -> list[str]:
        """Read from the folder and from the database as a person does, by the connection string of the first day."""
        assert self.house.url(self.ref) == self.url
        with self.house.connect(self.ref) as connection:
            rows = [row[0] for row in connection.execute("SELECT word FROM words ORDER BY word")]
        assert rows == self.files()
        return rows

    def files(self) -> list[str]:
        return sorted(path.read_text() for path in self._folder.iterdir())

    def words_at(self, at: str) -> list[str]:
        """Look at the past, database and files."""
        answer = self.house.call("sql.run", ref=self.ref, command="SELECT word FROM words ORDER BY word", at=at)
        rows = [row[0] for row in answer["rows"]]
        assert rows == sorted(one["path"] for one in self.house.call("files.ls", ref=self.ref, at=at))
        return rows

    def moment(self) -> str:
        time.sleep(_TICK_S)
        now = datetime.now(UTC).isoformat()
        time.sleep(_TICK_S)
        return now

    def sql(self, text: str) -> list[list[Any]]:
        rows: list[list[Any]] = self.house.call("sql.run", ref=self.ref, command=text)["rows"]
        return rows

    def rewind(self, moment: str, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.house.call("rewind", ref=self.ref, moment=moment, **more)
        return answer

    def undo(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.house.call("undo", ref=self.ref)
        return answer

    def reset(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.house.call("branch.reset", ref=self.ref)
        return answer
