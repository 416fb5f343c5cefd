"""Chains of timelines and history files."""

from pathlib import Path

import pytest

from nacre.core.errors import Conflict, Damaged
from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.timeline import Stretch, Switch, chain_until, parse_history, stretch_at

CHAIN = (
    Stretch(1, Lsn(100), Lsn(200), Path("a")),
    Stretch(2, Lsn(200), Lsn(300), Path("b")),
    Stretch(3, Lsn(300), None, Path("c"), Path("live")),
)


def test_history_files_are_read_as_postgres_writes_them() -> None:
    text = "1\t0/3000160\tafter LSN 0/30000D8\n\n# a comment\n2\t16/B374D848\tno recovery target specified\n\n"
    assert parse_history(text) == (Switch(1, Lsn(0x3000160)), Switch(2, Lsn(0x16B374D848)))


@pytest.mark.parametrize(("lsn", "timeline"), [(100, 1), (199, 1), (200, 2), (300, 3), (10**9, 3)])
def test_every_position_lies_on_one_stretch(lsn: int, timeline: int) -> None:
    assert stretch_at(CHAIN, Lsn(lsn)).timeline == timeline


def test_a_position_before_the_chain_is_not_covered() -> None:
    with pytest.raises(Damaged):
        stretch_at(CHAIN, Lsn(99))


def test_the_past_of_a_branch_ends_where_it_left() -> None:
    past = chain_until(CHAIN, 2, Lsn(250))
    assert [(stretch.timeline, stretch.end) for stretch in past] == [(1, 200), (2, 250)]
    with pytest.raises(Conflict):
        chain_until(CHAIN, 7, Lsn(250))
