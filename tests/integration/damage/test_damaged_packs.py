"""A damaged pack of the file history: its paths and times are named, and a rewind that needs them refuses."""

import time
from datetime import UTC, datetime

import pytest
from tests.integration.damage.conftest import Past, damaged, undisturbed


@pytest.mark.parametrize("how", ["missing", "truncated", "flipped"])
def test_a_damaged_pack_is_named_with_the_versions_it_costs(past: Past, how: str) -> None:
    house, files = past.house, past.house.files("shop")
    (files / "report.txt").write_text(f"first {how} {time.time_ns()} " + "content " * 4000)
    first = house.call("checkpoint", ref="shop", message=f"first {how}")
    (files / "report.txt").write_text("second")
    house.call("checkpoint", ref="shop", message=f"second {how}")
    pack = max((house.settings.projects / "shop" / "history" / "packs").glob("*.pack"))
    with damaged(pack, how):
        verified = past.verify()
        [fault] = verified["faults"]
        assert (fault["kind"], fault["name"]) == ("files", pack.name)
        lost = [one for one in fault["lost"] if one["what"] == "report.txt"]
        assert lost
        assert datetime.fromisoformat(fault["lost_from"]) < datetime.now(UTC)
        if how == "missing":
            with undisturbed(past):
                error = past.refusal("rewind", ref="shop", moment=f"#{first['id']}")
            assert error.code == "history-damaged"
            assert "report.txt" in error.message
            assert pack.name in error.message
    house.restart()  # it held the pack open that was taken away
    assert past.verify()["ok"]
    house.call("rewind", ref="shop", moment=f"#{first['id']}", only="files")
    assert (files / "report.txt").read_text().startswith(f"first {how}")
