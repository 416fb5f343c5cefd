"""What git answers, read back; and the lines that the git client and we say to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput
from nacre.engines.git.pktline import FLUSH, HeldEnd, RefCommand, line, read_push, to_person
from nacre.engines.git.worktree import Changed
from nacre.repositories.looking import chosen, read_counts, read_log

_SHA = st.text("0123456789abcdef", min_size=40, max_size=40)
_COMMANDS = st.lists(st.builds(RefCommand, _SHA, _SHA, st.sampled_from(["refs/heads/main", "refs/tags/ä"])), min_size=1)


@given(commands=_COMMANDS, pack=st.binary(max_size=200))
def test_the_head_of_a_push_is_read_whole_wherever_the_stream_is_cut(commands, pack):
    lines = [f"{one.old} {one.new} {one.ref}".encode() for one in commands]
    lines[0] += b"\0report-status side-band-64k agent=git/2"
    head = b"".join(line(one) for one in lines) + FLUSH
    for cut in range(0, len(head), 17):
        assert read_push(head[:cut]) is None
    found = read_push(head + pack)
    assert found is not None and found.commands == tuple(commands) and found.side_band


@pytest.mark.parametrize("begun", [b"zzzz", b"0003", b"fffff", line(b"no command"), line(b"x y refs/heads/a")])
def test_what_is_no_push_is_refused(begun):
    with pytest.raises(InvalidInput):
        read_push(begun + FLUSH)


@given(said=st.lists(st.binary(min_size=1, max_size=50), max_size=8), cuts=st.lists(st.integers(1, 9), min_size=1))
def test_of_an_answer_only_the_end_is_held_back_however_it_is_cut(said, cuts):
    answer = b"".join(line(one) for one in said) + FLUSH
    held, out, at, turn = HeldEnd(), b"", 0, 0
    while at < len(answer):
        size = cuts[turn % len(cuts)]
        out += held.passed(answer[at : at + size])
        at, turn = at + size, turn + 1
    assert out + held.rest() == answer and held.rest() == FLUSH


def test_words_to_the_person_are_one_line_whatever_they_hold():
    said = to_person("a\nb" + "\udcff" + "x" * 5000)
    assert said.count(b"\n") == 1 and len(said) < 1100 and said[4] == 2


def test_a_log_is_read_with_whatever_people_write_into_it():
    parents = f"{'b' * 40} {'c' * 40}"
    record = "\0".join(["a" * 40, parents, "Ä <x>", "a@b", "2026-01-31T10:42:00+01:00", "m\n\nmore\n"])
    found = read_log((record + "\0\n" + record + "\0\n").encode())
    assert len(found) == 2 and found[1].message == "m\n\nmore" and len(found[0].parents) == 2


def test_counts_are_read_for_binary_and_renamed_files_and_a_torn_end_is_left_out():
    found = read_counts(b"1\t2\ta\tb\0-\t-\tbin\x000\t0\t\0old\0new\x003\t4\tto")
    assert [(one.path, one.was, one.added, one.removed) for one in found] == [
        ("a\tb", None, 1, 2), ("bin", None, None, None), ("new", "old", 0, 0),
    ]  # fmt: skip


def test_paths_choose_files_and_folders_and_what_names_nothing_is_refused():
    changes = [Changed(b"a", "added"), Changed(b"ab", "added"), Changed(b"d/x", "deleted")]
    assert chosen(changes, []) == [b"a", b"ab", b"d/x"]
    assert chosen(changes, ["d/", "a"]) == [b"a", b"d/x"]
    with pytest.raises(InvalidInput):
        chosen(changes, ["b"])
