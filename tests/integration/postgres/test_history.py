"""Times become positions, damage is named, and nothing is read twice."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nacre.core.errors import Damaged
from nacre.engines.postgres.choice import choose_base
from nacre.engines.postgres.control import read_control
from nacre.engines.postgres.lsn import parse_lsn
from nacre.engines.postgres.verify import faults, seal
from nacre.engines.postgres.walindex import WalIndex

if TYPE_CHECKING:
    from tests.integration.postgres.conftest import Life, World

# A row of 1.5 MB whose commit is followed by a segment switch, so that a few rows fill a few segments.
FILL = "SELECT pg_logical_emit_message(true, 'fill', repeat('x', 1500000))"


def switch(life: "Life") -> None:
    """Close the segment and wait until it is archived."""
    life.sql("SELECT pg_switch_wal()")
    name = life.sql("SELECT pg_walfile_name(pg_current_wal_lsn() - 1)")[0][0]
    for _ in range(2000):
        if (life.archive / name).exists():
            return
        life.sql("SELECT pg_sleep(0.005)")
    raise AssertionError(f"{name} was not archived")


def test_every_moment_finds_its_transaction_across_many_segments(plain_world: "World") -> None:
    life = plain_world.first_life()
    first = life.sql("SELECT pg_current_wal_insert_lsn()")[0][0]
    marks: list[tuple[datetime, str]] = []
    for number in range(41):
        life.sql(f"INSERT INTO numbers VALUES ({number})")
        marks.append(life.sql("SELECT clock_timestamp(), pg_current_wal_insert_lsn()")[0])
        if number % 3 == 0:
            life.sql(FILL)
        if number % 10 == 9:
            switch(life)
    commits = life.commits
    for at, (time, lsn) in enumerate(marks):
        found = commits.last_at_or_before(time)
        assert found is not None
        assert found.time <= time and found.end <= parse_lsn(lsn)
        assert found == commits.last_ending_by(parse_lsn(lsn))
        expected = at + 1 + (at + 2) // 3
        assert commits.transactions_between(parse_lsn(first), found.end) == expected
        following = commits.first_after(found.end)
        assert (following is None) == (at == len(marks) - 1)
        assert following is None or following.start >= found.end
    latest = commits.latest()
    assert latest == commits.last_at_or_before(datetime.now(UTC) + timedelta(days=1))
    assert commits.last_at_or_before(datetime(2001, 1, 1, tzinfo=UTC)) is None


def test_the_index_is_written_once_and_survives_a_torn_line(plain_world: "World") -> None:
    life = plain_world.first_life()
    for number in range(4):
        life.sql(f"INSERT INTO numbers VALUES ({number})")
        switch(life)
    commits = life.commits
    index = commits.index_of(life.chain[0])
    assert index.extend() >= 3
    assert index.extend() == 0
    noted = index.entries()
    path = life.archive.with_name("wal-index.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    again = WalIndex(commits.reader, life.chain[0])
    assert again.entries() == noted[:-1]
    assert again.extend() == 1
    assert path.read_bytes() == whole
    assert again.faults() == []
    cut = noted[1].last
    assert cut is not None
    assert again.prune(cut.start) == noted[0].size_bytes
    assert WalIndex(commits.reader, life.chain[0]).entries() == noted[1:]
    assert again.faults() == []
    assert again.prune(cut.start) == 0


def damage(path: Path, how: str) -> None:
    if how == "missing":
        path.unlink()
    elif how == "truncated":
        os.truncate(path, path.stat().st_size // 2)
    else:
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 3)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 4]))


@pytest.mark.parametrize("how", ["missing", "truncated", "altered"])
def test_damaged_wal_is_named_and_a_recovery_that_needs_it_is_refused(plain_world: "World", how: str) -> None:
    life = plain_world.first_life()
    base = life.base()
    for number in range(3):
        life.sql(f"INSERT INTO numbers VALUES ({number})")
        life.sql(FILL)
        switch(life)
    life.sql("INSERT INTO numbers VALUES (3)")
    commits = life.commits
    target = commits.latest()
    assert target is not None
    index = commits.index_of(life.chain[0])
    index.extend()
    victim = life.archive / sorted(path.name for path in life.archive.iterdir())[-2]

    damage(victim, how)

    [fault] = index.faults()
    assert victim.name in fault.message
    if how == "missing":
        (life.cluster.data_dir / "pg_wal" / victim.name).unlink(missing_ok=True)
        with pytest.raises(Damaged, match=victim.name):
            life.recover(base, target, "never")
        assert not (plain_world.place / "never" / "data").exists()


@pytest.mark.parametrize("how", ["missing", "truncated", "altered"])
def test_a_damaged_base_is_named(world: "World", how: str) -> None:
    life = world.first_life()
    life.sql("INSERT INTO numbers SELECT generate_series(1, 1000)")
    life.sql("CHECKPOINT")
    base = life.base()
    seal(base)
    assert faults(base, life.cluster.installation) == []
    damage(base.data_dir / life.sql("SELECT pg_relation_filepath('numbers')")[0][0], how)
    [fault] = faults(base, life.cluster.installation)
    assert {"missing": "missing", "truncated": "bytes instead of", "altered": "altered"}[how] in fault.message


def test_the_best_base_is_chosen_and_leads_to_the_target(world: "World") -> None:
    life = world.first_life()
    bases = [life.base()]
    targets = []
    for number in range(4):
        life.sql(f"INSERT INTO numbers VALUES ({number})")
        targets.append(life.commits.latest())
        bases.append(life.base())
    for number, target in enumerate(targets):
        assert target is not None
        base = choose_base(bases, life.chain, target, life.commits.first_after(target.end))
        assert base in (bases[number + 1], bases[number])
        if number in (0, 3):
            past, _ = life.recover(base, target, f"past-{number}")
            assert past.rows() == list(range(number + 1))


def test_a_segment_that_is_not_begun_yet_is_the_end_of_the_wal(plain_world: "World") -> None:
    life = plain_world.first_life()
    life.sql("INSERT INTO numbers VALUES (1)")
    latest = life.commits.latest()
    wal = life.cluster.data_dir / "pg_wal"
    newest = max(path.name for path in wal.iterdir() if len(path.name) == 24)
    fresh = wal / f"{newest[:-2]}{int(newest[-2:], 16) + 1:02X}"
    fresh.write_bytes(b"")
    os.truncate(fresh, 16 << 20)
    assert life.commits.latest() == latest
    reader = life.commits.reader
    redo = read_control(life.cluster.installation, life.cluster.data_dir, life.cluster.owner).redo
    assert latest is not None
    assert reader.end_of_wal(wal, 1, latest.end, redo) >= latest.end
    fresh.unlink()
