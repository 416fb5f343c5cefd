"""Moments that cannot be gone to are refused precisely, and nothing changes."""

from datetime import datetime, timedelta

import pytest
from tests.daemon import House
from tests.integration.refusals.conftest import refusal

UNREADABLE = [
    "", " ", "x" * 10_000, "before -5s", "#", "#x", "#-1", "-5s", "2026-13-45T99:99:99Z",
    "2026-01-31T10:42:00+99:99", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "#" + "9" * 40,
]  # fmt: skip
UNKNOWN = ["#0", "#999999", "999999999999", "99999999999999999999d", "🐚", "yesterday", "before #7777",
           "before", "before ", "5 fortnights", "10:42",
           "start\0", "' OR 1=1 --", "../../etc"]  # fmt: skip


@pytest.mark.parametrize("moment", UNREADABLE, ids=lambda moment: repr(moment[:20]))
def test_a_moment_that_cannot_be_read_is_refused(house: House, moment: str) -> None:
    error = refusal(house, "rewind", ref="shop", moment=moment)
    assert error.code in ("bad-moment", "bad-input")
    assert error.hint
    assert len(error.message) < 1000


@pytest.mark.parametrize("moment", UNKNOWN, ids=lambda moment: repr(moment[:20]))
def test_a_moment_that_names_nothing_is_refused(house: House, moment: str) -> None:
    error = refusal(house, "rewind", ref="shop", moment=moment)
    assert error.code in ("moment-not-found", "bad-moment")
    assert error.hint
    assert len(error.message) < 1000


def test_the_future_is_refused_with_the_present(house: House) -> None:
    error = refusal(house, "rewind", ref="shop", moment="2999-01-01T00:00:00Z")
    assert error.code == "moment-in-future"


@pytest.mark.parametrize("moment", ["1999-01-01T00:00:00Z", "999d", "10h", "999999999d"])
@pytest.mark.parametrize("operation", ["rewind", "branch.create", "sql.run"])
def test_what_lies_before_the_window_is_refused_with_its_start(house: House, operation: str, moment: str) -> None:
    arguments = {
        "rewind": {"moment": moment},
        "branch.create": {"name": "new", "at": moment},
        "sql.run": {"command": "SELECT 1", "at": moment},
    }[operation]
    oldest = house.call("history.show", ref="shop")["oldest"]
    error = refusal(house, operation, ref="shop", **arguments)
    if moment == "999999999d":
        assert error.code == "bad-moment"
    else:
        assert error.code == "moment-before-window"
        assert datetime.fromisoformat(oldest).isoformat() in error.message


def test_the_window_begins_at_exactly_the_moment_that_is_told(house: House) -> None:
    oldest = datetime.fromisoformat(house.call("history.show", ref="shop")["oldest"])
    house.call("rewind", ref="shop", moment=oldest.isoformat(), dry_run=True)
    before = (oldest - timedelta(microseconds=1)).isoformat()
    assert refusal(house, "rewind", ref="shop", moment=before, dry_run=True).code == "moment-before-window"


def test_nothing_to_undo_and_no_parent_are_refused(house: House) -> None:
    assert refusal(house, "undo", ref="shop").code == "nothing-to-undo"
    assert refusal(house, "branch.reset", ref="shop").code == "no-parent"


@pytest.mark.parametrize("label", ["", " x", "10m", "now", "#3", "before #1", "a\nb", "x" * 201, "start"])
def test_labels_that_could_mean_something_else_are_refused(house: House, label: str) -> None:
    assert refusal(house, "checkpoint", ref="shop", message=label).code in ("bad-label", "label-exists")
