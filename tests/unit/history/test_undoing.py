"""Which entry an undo takes back, over whole logs: undo is told by the states it leads to."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from nacre.history.logbook import Entry
from nacre.history.undoing import to_undo

NOW = datetime(2026, 1, 31, 10, 42, tzinfo=UTC)


class Life:
    """A branch whose states are numbers: a rewind makes a new one, an undo brings back the one an entry left."""

    def __init__(self) -> None:
        self.log: list[Entry] = []
        self.state = 0
        self._newest = 0

    def rewind(self) -> None:
        self._add("rewind", {})
        self.write()

    def write(self) -> None:
        self._newest += 1
        self.state = self._newest

    def checkpoint(self) -> None:
        self._add("checkpoint", {})

    def undo(self) -> bool:
        entry = to_undo(self.log)
        if entry is None:
            return False
        self._add("undo", {"undid": entry.number})
        self.state = entry.lsn
        return True

    def _add(self, kind: str, detail: dict[str, int]) -> None:
        self.log.append(Entry(len(self.log) + 1, 1, kind, NOW, None, "owner", 1, self.state, 0, dict(detail)))


def test_as_many_undos_take_back_as_many_rewinds():
    life = Life()
    for _ in range(3):
        life.rewind()
    states: list[int] = []
    while len(states) < 3 and life.undo():
        states.append(life.state)
    assert states == [2, 1, 0]


def test_undo_of_the_only_rewind_goes_to_and_fro():
    life = Life()
    life.rewind()
    states: list[int] = []
    for _ in range(5):
        life.undo()
        states.append(life.state)
    assert states == [0, 1, 0, 1, 0]


def test_what_was_written_after_an_undo_comes_back_with_the_next_but_one():
    life = Life()
    life.rewind()
    life.undo()
    life.write()
    written = life.state
    life.undo()
    assert life.state == 1
    life.undo()
    assert life.state == written


@given(st.lists(st.sampled_from(["rewind", "write", "checkpoint", "undo"])))
def test_an_undo_right_after_a_rewind_always_brings_back_the_state_before_it(deeds):
    life = Life()
    for deed in deeds:
        getattr(life, deed)()
    before = life.state
    life.rewind()
    assert life.undo()
    assert life.state == before


@given(st.lists(st.sampled_from(["rewind", "write", "checkpoint", "undo"])))
def test_there_is_something_to_undo_once_there_was_a_rewind(deeds):
    life = Life()
    for deed in deeds:
        getattr(life, deed)()
    assert (to_undo(life.log) is None) == ("rewind" not in deeds)
