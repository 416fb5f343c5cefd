"""A missing, truncated or flipped WAL segment: named, with the moments it costs, and refused before it can hurt."""

from datetime import datetime, timedelta

import pytest
from tests.integration.damage.conftest import Past, damaged, undisturbed


@pytest.mark.parametrize("how", ["missing", "truncated", "flipped"])
def test_damaged_wal_is_named_and_a_rewind_that_needs_it_refuses(past: Past, how: str) -> None:
    segment = sorted((past.postgres / "1" / "wal").glob("0*"))[3]
    with damaged(segment, how):
        verified = past.verify()
        [fault] = verified["faults"]
        assert not verified["ok"]
        assert (fault["kind"], fault["name"]) == ("wal", segment.name)
        assert fault["code"] == ("wal-missing" if how == "missing" else "wal-damaged")
        lost_from = datetime.fromisoformat(fault["lost_from"])
        assert lost_from <= past.moments[4]
        assert [one["what"] for one in fault["lost"]] == ["database"]

        checked = past.house.run("history", "verify", "shop")
        assert checked.returncode == 1
        assert segment.name in checked.stdout

        with undisturbed(past):
            error = past.refusal("rewind", ref="shop", moment=past.moments[4].isoformat())
        assert error.code in ("wal-missing", "wal-damaged")
        assert segment.name in error.message

        before = lost_from - timedelta(microseconds=1)
        kept = sum(moment <= before for moment in past.moments)
        there = past.house.call("sql.run", ref="shop", command="SELECT count(*) FROM numbers", at=before.isoformat())
        assert there["rows"] == [[kept]] or there["rows"] == [[kept + 1]]
    assert past.verify()["ok"]


def test_a_clean_history_is_all_well_and_exits_with_0(past: Past) -> None:
    checked = past.house.run("history", "verify", "shop")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "All is well" in checked.stdout


@pytest.mark.root
def test_a_generation_that_cannot_be_woken_is_recovered_instead(dense: Past) -> None:
    """Its last segment, which its start reads first, lies in pg_wal alone; all that was committed is archived."""
    dense.house.call("rewind", ref="shop", moment=dense.moments[1].isoformat())
    assert dense.rows() == [0, 1]
    max((dense.postgres / "1" / "data" / "pg_wal").glob("0" * 7 + "?" * 17), key=lambda path: path.name).unlink()
    answer = dense.house.call("undo", ref="shop")
    assert dense.rows() == list(range(len(dense.moments)))
    assert "replay" in answer["phases"]
    assert dense.verify()["ok"]
