"""Rewinds, and undos of them, in every order."""

import time

import pytest
from tests.integration.history.notebook import Notebook

from nacre.core.errors import NacreError


def test_rewind_after_rewind_and_into_what_a_rewind_abandoned(notebook: Notebook):
    a, b, _ = (notebook.write(word) for word in "abc")
    notebook.rewind(b)
    assert notebook.words() == ["a", "b"]
    d = notebook.write("d")
    notebook.rewind(a)
    assert notebook.words() == ["a"]
    notebook.write("e")
    notebook.rewind(d)
    assert notebook.words() == ["a", "b", "d"]
    notebook.rewind(b)
    assert notebook.words() == ["a", "b"]
    assert notebook.words_at(d) == ["a", "b", "d"]


def test_two_undos_take_back_two_rewinds(notebook: Notebook):
    a, b, _ = (notebook.write(word) for word in "abc")
    notebook.rewind(b)
    notebook.rewind(a)
    assert notebook.undo()["exact"]
    assert notebook.words() == ["a", "b"]
    notebook.undo()
    assert notebook.words() == ["a", "b", "c"]


def test_a_second_undo_rewinds_again_and_a_third_keeps_what_was_written_between(notebook: Notebook):
    a, _ = (notebook.write(word) for word in "ab")
    notebook.rewind(a)
    notebook.write("c")
    notebook.undo()
    assert notebook.words() == ["a", "b"]
    notebook.write("d")
    notebook.undo()
    assert notebook.words() == ["a", "c"]
    notebook.undo()
    assert notebook.words() == ["a", "b", "d"]


def test_without_a_rewind_there_is_nothing_to_undo(notebook: Notebook):
    with pytest.raises(NacreError) as refused:
        notebook.undo()
    assert refused.value.code == "nothing-to-undo"
    assert "nacre rewind" in refused.value.hint


def test_before_an_entry_of_the_log_is_the_state_that_it_left(notebook: Notebook):
    a, _ = (notebook.write(word) for word in "ab")
    number = notebook.rewind(a)["number"]
    notebook.write("c")
    notebook.rewind(f"before #{number}")
    assert notebook.words() == ["a", "b"]
    notebook.rewind(f"#{number}")
    assert notebook.words() == ["a"]


def test_moments_of_an_idle_database(notebook: Notebook):
    notebook.write("a")
    time.sleep(1.2)
    idle = notebook.moment()
    time.sleep(1.2)
    answer = notebook.rewind(idle)
    assert notebook.words() == ["a"]
    assert answer["transactions_undone"] == 0
    assert answer["files_changed"] == 0
    assert answer["reached"] < answer["asked"]
    notebook.rewind("1s")
    notebook.rewind(idle)
    assert notebook.words() == ["a"]


def test_moments_in_the_seconds_after_a_rewind(notebook: Notebook):
    a, _ = (notebook.write(word) for word in "ab")
    notebook.rewind(a)
    at_once = notebook.moment()
    c = notebook.write("c")
    notebook.write("d")
    assert notebook.words_at(at_once) == ["a"]
    notebook.rewind(c)
    assert notebook.words() == ["a", "c"]
    notebook.rewind("0s")
    notebook.rewind(at_once)
    assert notebook.words() == ["a"]
    notebook.rewind(c)
    assert notebook.words() == ["a", "c"]


def test_a_checkpoint_is_had_back_by_number_and_by_label(notebook: Notebook):
    notebook.write("a")
    made = notebook.house.call("checkpoint", ref=notebook.ref, message="migration to come")
    notebook.write("b")
    answer = notebook.rewind("migration to come")
    assert answer["exact"]
    assert notebook.words() == ["a"]
    notebook.undo()
    notebook.rewind(f"#{made['id']}")
    assert notebook.words() == ["a"]


@pytest.mark.parametrize(("only", "rows", "files"), [("db", ["a"], ["a", "b"]), ("files", ["a", "b"], ["a"])])
def test_one_of_the_two_can_go_back_alone(notebook: Notebook, only, rows, files):
    a, _ = (notebook.write(word) for word in "ab")
    answer = notebook.rewind(a, only=only)
    assert [row[0] for row in notebook.sql("SELECT word FROM words ORDER BY word")] == rows
    assert notebook.files() == files
    assert (answer["downtime_seconds"] > 0) == (only == "db")
    notebook.undo()
    assert notebook.words() == ["a", "b"]
    notebook.undo()
    assert notebook.files() == files


def test_a_dry_run_foretells_what_the_rewind_then_reports_and_changes_nothing(notebook: Notebook):
    a, _, _ = (notebook.write(word) for word in "abc")
    before = notebook.house.call("log", ref=notebook.ref)
    foretold = notebook.rewind(a, dry_run=True)
    assert notebook.words() == ["a", "b", "c"]
    assert notebook.house.call("log", ref=notebook.ref) == before
    done = notebook.rewind(a)
    same = ("asked", "reached", "lsn", "files_seq", "exact", "transactions_undone", "files_changed")
    assert {name: foretold[name] for name in same} == {name: done[name] for name in same}
    assert (done["transactions_undone"], done["files_changed"]) == (2, 2)
    assert (foretold["dry_run"], done["dry_run"]) == (True, False)


def test_a_moment_just_gone_has_every_file_written_by_then(notebook: Notebook):
    """Changes reach the journal a little later than they happen: a rewind must not take those for undone."""
    a = notebook.write("a")
    assert notebook.rewind(a)["files_changed"] == 0
    assert notebook.words() == ["a"]
    b = notebook.write("b")
    assert notebook.words_at(b) == ["a", "b"]
    c = notebook.write("c")
    assert notebook.branch("child", at=c).words() == ["a", "b", "c"]


def test_a_moment_just_gone_has_every_row_committed_by_then_even_if_not_on_disk_yet(notebook: Notebook):
    with notebook.house.connect(notebook.ref) as connection:
        connection.execute("SET synchronous_commit = off")
        for word in ("a", "b"):
            connection.execute(f"INSERT INTO words VALUES ('{word}')")
            assert notebook.rewind(notebook.moment(), dry_run=True)["transactions_undone"] == 0
        notebook.rewind(notebook.moment(), only="db")
    assert notebook.sql("SELECT word FROM words ORDER BY word") == [["a"], ["b"]]
