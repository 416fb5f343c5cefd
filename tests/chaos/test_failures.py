"""A step that fails without any kill: up to the commit all is as before, past it the next change finishes it first."""

import pytest
from tests.chaos.points import Fault
from tests.chaos.seen import left_over, look_at, strays
from tests.chaos.struck import StruckHouse, struck_house, until

from nacre.core.errors import NacreError


@pytest.fixture(scope="module")
def house():
    with struck_house("btrfs") as house:
        house.call("project.create", name="shop")
        yield house
        until(lambda: not left_over(house) and not strays(house))


def failing(house: StruckHouse, fault: Fault, operation: str, **arguments: object) -> str:
    house.arm([fault])
    with pytest.raises(NacreError) as refused:
        house.call(operation, **arguments)
    assert house.left_to_strike() == []
    return refused.value.code


def troubles(house: StruckHouse) -> dict[str, str]:
    return {one["ref"]: one["trouble"] for one in house.call("system.status")["branches"] if one["trouble"]}


def test_a_rewind_whose_database_does_not_start_is_in_the_log_and_can_be_undone(house: StruckHouse):
    with house.connect("shop") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS t (n int)")
        connection.execute("INSERT INTO t VALUES (1)")
    house.call("checkpoint", ref="shop", message="one")
    with house.connect("shop") as connection:
        connection.execute("INSERT INTO t VALUES (2)")
    assert failing(house, Fault("travel", "start", "before", "fail"), "rewind", ref="shop", moment="one") == "struck"
    assert "travel unfinished" in troubles(house)["shop"]
    assert house.call("log", ref="shop")[-1]["kind"] == "rewind"
    house.call("undo", ref="shop")
    assert look_at(house, "shop").rows == (1, 2)
    assert troubles(house) == {}


def test_a_rewind_whose_database_does_not_start_is_finished_without_anybody_asking(house: StruckHouse):
    with house.connect("shop") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS t (n int)")
    house.call("checkpoint", ref="shop", message="again")
    failing(house, Fault("travel", "start", "before", "fail"), "rewind", ref="shop", moment="again")
    until(lambda: (look_at(house, "shop"),) and not troubles(house))


def test_a_name_is_free_again_although_its_deletion_failed_half_way(house: StruckHouse):
    house.call("project.create", name="other")
    assert failing(house, Fault("delete", "remove", "before", "fail"), "project.delete", ref="other") == "struck"
    assert "delete unfinished" in troubles(house)["other"]
    with pytest.raises(NacreError) as refused:
        house.call("checkpoint", ref="other")
    assert refused.value.code == "project-not-found"  # it was deleted first
    house.call("project.create", name="other")
    assert look_at(house, "other").log == ("created",)
    house.call("project.delete", ref="other")


def test_what_was_left_open_ends_with_the_project(house: StruckHouse):
    house.call("project.create", name="third")
    house.call("checkpoint", ref="third", message="x")
    failing(house, Fault("travel", "start", "before", "fail"), "rewind", ref="third", moment="x")
    house.call("project.delete", ref="third")
    assert troubles(house) == {}
    house.restart()
    assert [project["name"] for project in house.call("project.list")] == ["shop"]
