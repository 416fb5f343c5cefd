"""A damaged base: an older one takes over where it can; where none can, the rewind refuses before it can hurt."""

from pathlib import Path

import pytest
from tests.integration.damage.conftest import Past, damage, undisturbed


def base_dirs(past: Past) -> list[Path]:
    shown = past.show()["bases"]
    return [past.postgres / str(base["generation"]) / "bases" / str(base["number"]) for base in shown]


def a_file_of(base: Path) -> Path:
    """One that every recovery reads early or late, and that nobody else looks at before: a catalog of the database."""
    return max((base / "data" / "base").glob("*/1259"), key=lambda path: path.parent.name)


@pytest.mark.root
@pytest.mark.parametrize("how", ["missing", "truncated", "flipped"])
def test_an_older_base_takes_over_and_the_damaged_one_is_set_aside(dense: Past, how: str) -> None:
    newest = base_dirs(dense)[-1]
    damage(a_file_of(newest), how)
    answer = dense.house.call("rewind", ref="shop", moment=dense.moments[3].isoformat())
    assert dense.rows() == list(range(4)), answer
    [set_aside] = [base for base in dense.show()["bases"] if base["state"] == "damaged"]
    assert str(set_aside["number"]) == newest.name
    assert "1259" in set_aside["damage"]
    assert "base set aside" in dense.house.log()

    verified = dense.verify()
    [fault] = verified["faults"]
    assert (fault["kind"], fault["lost_from"], fault["lost"]) == ("base", None, [])
    dense.house.restart()
    assert [base["number"] for base in dense.show()["bases"] if base["state"] == "damaged"] == [int(newest.name)]


@pytest.mark.root
def test_without_any_base_left_the_rewind_refuses_and_verify_tells_what_is_lost(dense: Past) -> None:
    window_start = dense.show()["oldest"]
    for base in base_dirs(dense):
        damage(a_file_of(base), "flipped")
    with undisturbed(dense):
        error = dense.refusal("rewind", ref="shop", moment=dense.moments[1].isoformat())
    assert error.code == "base-damaged"
    assert "1259" in error.message
    lost = [fault for fault in dense.verify()["faults"] if fault["lost"]]
    assert min(fault["lost_from"] for fault in lost) == window_start
