"""What a timeline shows: how much happened when, and what going back would change."""

from datetime import datetime

import pytest
from tests.daemon import House

from nacre.core.errors import NacreError
from nacre.history.activity import Burst, bucket_seconds, spread


def test_activity_counts_what_was_done_also_before_a_rewind(shared_house: House) -> None:
    house = shared_house
    house.call("project.create", name="busy")
    with house.connect("busy") as connection:
        connection.execute("CREATE TABLE t (n int)")
        for number in range(30):
            connection.execute("INSERT INTO t VALUES (%s)", [number])
    (house.files("busy") / "a.txt").write_text("a")
    house.call("checkpoint", ref="busy", message="then")
    with house.connect("busy") as connection:
        connection.execute("INSERT INTO t SELECT generate_series(1, 300000)")  # more than one segment of WAL
        for number in range(20):
            connection.execute("INSERT INTO t VALUES (%s)", [number])
    house.call("rewind", ref="busy", moment="then")
    shown = house.call("history.activity", ref="busy")
    assert 51 <= sum(one["transactions"] for one in shown["buckets"]) <= 70
    assert sum(one["file_changes"] for one in shown["buckets"]) >= 1
    assert sum(one["wal_bytes"] for one in shown["buckets"]) > 1000
    times = [datetime.fromisoformat(one["time"]) for one in shown["buckets"]]
    assert times == sorted(times)
    hour = house.call("history.activity", ref="busy", since="1h", buckets=60)
    assert hour["bucket_seconds"] == 60
    for wrong in ({"since": "1s", "until": "2s"}, {"since": "#1"}, {"since": "9999d"}):
        with pytest.raises(NacreError):
            house.call("history.activity", ref="busy", **wrong)


def test_a_preview_tells_what_the_rewind_then_does(shared_house: House) -> None:
    house = shared_house
    house.call("project.create", name="seen")
    with house.connect("seen") as connection:
        connection.execute("CREATE TABLE t (n int)")
        connection.execute("INSERT INTO t SELECT generate_series(1, 10)")
        connection.execute("CREATE TABLE same (n int)")
    files = house.files("seen")
    (files / "kept.txt").write_text("kept")
    (files / "changed.txt").write_text("old")
    (files / "gone.txt").write_text("gone")
    house.call("checkpoint", ref="seen", message="then")
    with house.connect("seen") as connection:
        connection.execute("DELETE FROM t WHERE n > 4")
        connection.execute("CREATE TABLE later (n int)")
    (files / "changed.txt").write_text("newer")
    (files / "gone.txt").unlink()
    (files / "new.txt").write_text("new")
    told = house.call("history.preview", ref="seen", moment="then")
    assert told["exact"] and told["transactions_undone"] == 2
    assert {(one["path"], one["change"]) for one in told["files"]} == {
        ("changed.txt", "changed"), ("gone.txt", "added"), ("new.txt", "removed")
    }  # fmt: skip
    tables = {one["table"]: (one["change"], one["rows_before"], one["rows_after"]) for one in told["tables"]}
    assert tables == {"public.t": ("rows", 4, 10), "public.later": ("removed", 0, None)}
    assert house.call("history.preview", ref="seen", moment="then", tables=False, files=1)["tables"] is None
    done = house.call("rewind", ref="seen", moment="then")
    assert done["files_changed"] == told["files_changed"]
    assert done["transactions_undone"] == told["transactions_undone"]


@pytest.mark.parametrize(
    ("span_s", "most", "seconds"), [(1, 100, 10), (1000, 100, 10), (1001, 100, 20), (604_800, 300, 2020)]
)
def test_buckets_are_whole_tens_of_seconds(span_s: float, most: int, seconds: int) -> None:
    assert bucket_seconds(span_s, most) == seconds


def test_wal_without_a_commit_counts_with_the_next_one() -> None:
    bursts = [Burst([], 100), Burst([[5, 1], [6, 3]], 300), Burst([], 50)]
    assert list(spread(bursts)) == [(50, 1, 100), (60, 3, 300)]
