"""A cluster comes back exactly as it was, on every kind of storage, from every kind of base."""

import random
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nacre.core.errors import Conflict
from nacre.engines.postgres.bases import load
from nacre.engines.postgres.choice import choose_base
from nacre.engines.postgres.installation import at
from nacre.engines.postgres.lsn import parse_lsn
from nacre.engines.postgres.verify import faults, seal

if TYPE_CHECKING:
    from tests.integration.postgres.conftest import Life, World


def test_it_recovers_to_between_any_two_commits(world: "World") -> None:
    life = world.first_life()
    life.insert(1, 2, 3)
    base = life.base()
    assert load(base.path) == base
    times = life.insert(4, 5, 6)

    target = life.commits.last_at_or_before(times[1])
    assert target is not None
    past, reached = life.recover(base, target, "past")

    assert past.rows() == [1, 2, 3, 4, 5]
    assert reached.lsn == target.end
    assert reached.time is not None and reached.time <= times[1]
    assert life.rows() == [1, 2, 3, 4, 5, 6]
    print(base.method, base.seconds, reached.seconds)


def test_it_recovers_to_the_very_end_of_a_base(world: "World") -> None:
    life = world.first_life()
    life.insert(1, 2)
    base = life.base()
    life.insert(3)

    target = life.commits.last_ending_by(base.end_lsn)
    past, reached = life.recover(base, target, "past")

    assert past.rows() == [1, 2]
    assert reached.lsn == base.end_lsn


def test_an_idle_gap_is_a_moment_like_any_other(world: "World") -> None:
    life = world.first_life()
    times = life.insert(1)
    base = life.base()
    life.sql("CHECKPOINT")
    life.sql("SELECT pg_switch_wal()")

    target = life.commits.last_at_or_before(times[0] + timedelta(hours=1))
    past, _ = life.recover(base, target, "past")

    assert past.rows() == [1]


def test_a_recovered_cluster_recovers_again_along_its_chain(world: "World") -> None:
    life = world.first_life()
    base = life.base()
    times = life.insert(1, 2, 3)
    second, _ = life.recover(base, life.commits.last_at_or_before(times[1]), "second")
    later = second.insert(4, 5)
    second.sql("SELECT pg_switch_wal()")
    later += second.insert(6)

    # From a base of the first timeline, across the switch, into the second.
    third, _ = second.recover(base, second.commits.last_at_or_before(later[1]), "third")
    assert third.rows() == [1, 2, 4, 5]
    # From a base of the second, and before the switch again.
    third.insert(7)
    base_of_third = third.base()
    last = third.insert(8)
    fourth, reached = third.recover(base_of_third, third.commits.last_at_or_before(last[0]), "fourth")
    assert fourth.rows() == [1, 2, 4, 5, 7, 8]
    assert reached.timeline == 4
    fifth, _ = fourth.recover(base, fourth.commits.last_at_or_before(times[0]), "fifth")
    assert fifth.rows() == [1]


def test_a_stopped_cluster_can_become_a_base(world: "World") -> None:
    life = world.first_life()
    life.insert(1)
    life.cluster.stop()
    base = life.cold_base()
    life.start()
    times = life.insert(2, 3)

    there, _ = life.recover(base, life.commits.last_at_or_before(times[0]), "there")
    assert there.rows() == [1, 2]
    start, _ = life.recover(base, None, "start")
    assert start.rows() == [1]


def test_a_crashed_cluster_can_become_a_base(world: "World") -> None:
    life = world.first_life()
    life.insert(1)
    life.cluster.stop("immediate")
    base = life.cold_base()
    life.start()
    times = life.insert(2)
    there, _ = life.recover(base, life.commits.last_at_or_before(times[0]), "there")
    assert there.rows() == [1, 2]
    start, _ = life.recover(base, None, "start")
    assert start.rows() == [1]


def test_prepared_transactions_survive(world: "World") -> None:
    life = world.first_life()
    base = life.base()
    with life.connect() as connection:
        for statement in ("BEGIN", "INSERT INTO numbers VALUES (1)", "PREPARE TRANSACTION 'a b\n2026: c'"):
            connection.execute(statement)
    moment = datetime.now(UTC)
    life.sql("COMMIT PREPARED 'a b\n2026: c'")

    past, _ = life.recover(base, life.commits.last_at_or_before(moment), "past")

    assert past.rows() == []
    past.sql("COMMIT PREPARED 'a b\n2026: c'")
    assert past.rows() == [1]


def test_a_base_that_is_too_young_is_refused_before_anything_is_made(plain_world: "World") -> None:
    life = plain_world.first_life()
    times = life.insert(1, 2)
    base = life.base()
    older = life.commits.last_at_or_before(times[0])
    assert older is not None and older.end <= base.end_lsn
    newer, _ = life.recover(base, life.commits.last_ending_by(base.end_lsn), "newer")
    third_base = newer.base()
    with pytest.raises(Conflict):
        life.recover(third_base, life.commits.latest(), "never")
    assert not (plain_world.place / "never" / "data").exists()


def test_under_load_every_base_leads_to_exactly_the_transactions_asked_for(world: "World") -> None:
    """Random targets, checked against the WAL's own list of who had committed by then."""
    life = world.first_life()
    first = life.sql("SELECT pg_current_wal_insert_lsn()")[0][0]
    life.sql("CREATE TABLE load (n bigserial PRIMARY KEY, filler text)")
    stop = threading.Event()
    writers = [threading.Thread(target=write_until, args=(life, stop)) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        bases = []
        for _ in range(5):
            life.sql("SELECT pg_sleep(0.2)")
            bases.append(life.base())
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    commits = life.commits
    ends = [record for record in commits.reader.scan(life.chain[0], parse_lsn(first)) if record.kind.commits]
    assert len(ends) > 300
    for number, target in enumerate(random.Random(7).sample(ends[50:], 4)):
        base = choose_base(bases, life.chain, target, commits.first_after(target.end))
        if base is None:
            continue  # before the first base
        past, reached = life.recover(base, target, f"past-{number}")
        assert reached.lsn == target.end
        by_then = {record.xid for record in ends if record.start <= target.start}
        seen = {row[0] for row in past.sql("SELECT DISTINCT xmin::text::bigint FROM load")}
        assert seen == by_then & {row[0] for row in life.sql("SELECT DISTINCT xmin::text::bigint FROM load")}
        past.cluster.stop("immediate")


def test_a_systems_own_postgres_travels_too(plain_world: "World") -> None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        pytest.skip("needs a PostgreSQL of the system in /usr/lib/postgresql")
    plain_world.installation = at(found[0].parent)
    life = plain_world.first_life()
    life.insert(1)
    base = life.base()
    times = life.insert(2, 3)
    life.sql("SELECT pg_switch_wal()")
    past, _ = life.recover(base, life.commits.last_at_or_before(times[0]), "past")
    assert past.rows() == [1, 2]
    times = past.insert(4, 5)
    again, _ = past.recover(past.base(), past.commits.latest(), "again")
    assert again.rows() == [1, 2, 4, 5]
    seal(base)
    assert faults(base, life.cluster.installation, life.cluster.owner) == []


def write_until(life: "Life", stop: threading.Event) -> None:
    with life.connect() as connection:
        while not stop.is_set():
            connection.execute("INSERT INTO load (filler) SELECT repeat('x', 200) FROM generate_series(1, 3)")
