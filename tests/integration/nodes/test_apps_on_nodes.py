"""Apps run on another machine: moved, published, killed and cut off there, and never lost."""

from pathlib import Path

import httpx
import pytest
from tests.daemon import House
from tests.integration.nodes.conftest import Node, Visitors, page, said, url_of, write_app
from tests.waiting import eventually

from nacre.core.errors import NacreError


def measured(house: House, kind: str, label: str) -> dict[str, float]:
    """What is seen of it now that is known."""
    found = (one["numbers"] for one in house.call("monitoring.now", kind=kind) if one["label"] == label)
    return {name: number for name, number in next(found, {}).items() if number is not None}


def say(house: House, word: str) -> None:
    assert httpx.get(f"{url_of(house, 'shop')}say/{word}", verify=False, timeout=40).status_code == 200


def instances_here(house: House) -> list[Path]:
    """Those of the app that this machine has, also while they are being prepared."""
    return [*(house.home / "run" / "apps" / "shop").glob("*/record.json")]


pytestmark = [pytest.mark.root, pytest.mark.xdist_group("nodes")]


def test_an_app_moves_there_is_published_and_drained_without_a_failed_request(house: House, shelf: Node) -> None:
    with Visitors(url_of(house, "shop")) as visitors:
        assert house.call("app.move", app="shop", to="shelf")["node"] == "shelf"
        eventually(lambda: visitors.pages[-1] == "release 1 of 1" and len(shelf.apps()) == 1)
        eventually(lambda: "memory" in measured(house, "app", "shop/shop"), 20)
        write_app(house.files("shop"), 2)
        house.call("app.publish", ref="shop")
        eventually(lambda: visitors.pages[-1] == "release 2 of 2")
        house.call("app.rollback", app="shop")
        eventually(lambda: visitors.pages[-1] == "release 1 of 2")
        shown = house.call("node.show", name="shelf")
        assert (shown["apps"], shown["state"], shown["lost_since"]) == (["shop"], "ready", None)
        assert 0 < shown["machine"]["memory_available_bytes"] < shown["machine"]["memory_total_bytes"]
        eventually(lambda: measured(house, "app", "shop/shop").get("cpu_percent", 0) > 0, 30)
        app, there = measured(house, "app", "shop/shop"), measured(house, "node", "shelf")
        assert 5e6 < app["memory"] < app["memory_most"] and app["restarts"] == 0
        assert 0 < there["cpu_percent"] <= 100 and 0 < there["memory_available"] < there["memory_total"]
        assert "cpu_percent" not in measured(house, "node", "local"), "of this one the host tells"
        with pytest.raises(NacreError) as kept:
            house.call("node.remove", name="shelf")
        assert kept.value.code == "node-has-apps"
        house.call("node.drain", name="shelf")
        eventually(lambda: house.call("app.show", app="shop")["node"] == "local", 20)
        eventually(lambda: shelf.apps() == set(), 20)
        many = len(visitors.pages)
        eventually(lambda: len(visitors.pages) > many + 10)
    assert visitors.failed == []
    assert house.call("node.show", name="shelf")["state"] == "drained"
    assert house.call("node.drain", name="shelf", off=True)["state"] == "ready"


def test_an_app_that_is_on_its_way_off_a_node_comes_back_when_that_is_asked_for(house: House, shelf: Node) -> None:
    house.call("app.move", app="shop", to="shelf")
    eventually(lambda: not instances_here(house))
    house.call("node.drain", name="shelf")
    eventually(lambda: instances_here(house), 20)
    house.call("node.drain", name="shelf", off=True)
    assert house.call("app.move", app="shop", to="shelf")["node"] == "shelf"
    eventually(lambda: not instances_here(house), 20)
    assert house.call("app.show", app="shop")["node"] == "shelf"
    assert page(house, "shop").startswith("release")


def test_an_agent_that_is_killed_leaves_its_apps_running_and_takes_them_over(house: House, shelf: Node) -> None:
    house.call("app.move", app="shop", to="shelf")
    eventually(lambda: len(shelf.apps()) == 1)
    running = shelf.apps()
    say(house, "one")
    eventually(lambda: said(house, "shop") == ["one"])
    with Visitors(url_of(house, "shop")) as visitors:
        shelf.kill()
        say(house, "two")
        many = len(visitors.pages)
        eventually(lambda: len(visitors.pages) > many + 20)
        house.kill()
        say(house, "three")
        house.up()
        shelf.up()
        say(house, "four")
        eventually(lambda: house.call("app.show", app="shop")["status"] == "running", 30)
        assert shelf.apps() == running, "the same process, taken over"
        assert "is up" in house.call("app.logs", app="shop")["text"]
        eventually(lambda: said(house, "shop") == ["four", "three", "two", "one"], 20)
        there = {(one["name"], one["node"]) for one in house.call("log.list", of="shop") if one["node"]}
        assert there == {("app shop", "shelf")}
    assert visitors.failed == [], "relays work on without the agent there, and without the daemon here"


@pytest.mark.thorough  # it is waited for that a node counts as lost, and for questions to one that does not answer
def test_a_node_that_is_cut_off_is_told_and_what_runs_there_reaches_no_database_once_its_app_is_elsewhere(
    house: House, shelf: Node
) -> None:
    house.call("app.move", app="shop", to="shelf")
    eventually(lambda: len(shelf.apps()) == 1)
    shelf.far.cut()
    try:
        eventually(lambda: house.call("app.show", app="shop")["status"] == "failing", 30)
        assert house.call("app.show", app="shop")["node"] == "shelf", "nobody knows whether it runs there still"
        assert "shelf is not heard of" in str(house.call("app.why", app="shop"))
        assert len(shelf.apps()) == 1, "it does"
        eventually(lambda: house.call("log.search", of="shop", query="x")["late"], 30)
        assert house.call("log.search", of="shop", query="x")["late"][0]["node"] == "shelf"
        eventually(lambda: "the node shelf is not heard of" in str(house.call("log.search", of="shop")["lines"]))
        house.call("node.drain", name="shelf")
        eventually(lambda: house.call("app.show", app="shop")["status"] == "running", 30)
        assert house.call("app.show", app="shop")["node"] == "local"
        assert page(house, "shop").startswith("release")
        doors = (house.home / "run" / "wires" / "plan.json").read_text()
        assert "database shop" not in doors, "its database has no door there any more"
    finally:
        shelf.far.mend()
    eventually(lambda: shelf.apps() == set(), 40)
    eventually(lambda: not house.call("log.search", of="shop", query="x")["late"])
    house.call("node.drain", name="shelf", off=True)
    house.call("app.move", app="shop", to="shelf")
    assert page(house, "shop").startswith("release")
    house.call("app.stop", app="shop")
    eventually(lambda: shelf.apps() == set(), 20)
    house.call("app.start", app="shop")
    assert page(house, "shop").startswith("release")
