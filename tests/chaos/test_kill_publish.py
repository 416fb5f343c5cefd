"""kill -9 of the daemon at every phase of a publish: the old or the new release serves, and it ends honestly."""

from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from tests.chaos.points import Fault
from tests.chaos.struck import StruckHouse, struck_house, until
from tests.integration.publishing.apps import page, write_app

from nacre.core.errors import NacreError
from nacre.publishing.releases import ENDED, PHASES

# “after” a phase is “before” the next one, but for the last.
POINTS = [(phase, when) for phase in PHASES if phase not in ENDED for when in ("before", "done")]
POINTS.append(("switching", "after"))
_COUNTING = "echo release $NACRE_RELEASE >> $NACRE_DATA/runs"


@pytest.fixture(scope="module")
def house() -> Iterator[StruckHouse]:
    """A house whose app is live, in its release 1."""
    with struck_house("btrfs", NACRE_MODE="full") as house:
        house.call("project.create", name="shop")
        write_app(house.files("shop"), 1, release=_COUNTING)
        house.call("app.publish", ref="shop")
        yield house


@pytest.mark.parametrize(("phase", "when"), POINTS, ids=lambda one: str(one))
def test_killed_there_the_old_or_the_new_release_serves(house: StruckHouse, phase: str, when: str) -> None:
    number = house.call("app.show", app="shop")["latest"]["number"] + 1
    old, new = f"release {number - 1} ", f"release {number} "
    write_app(house.files("shop"), number, release=_COUNTING)
    house.arm([Fault("publish", phase, when, "daemon")])
    with suppress(NacreError):
        house.call("app.publish", ref="shop")
    house.wait_gone()
    seen = served(house)  # Caddy and the app go on without a daemon
    house.up()
    release = until(lambda: ended(house, number))
    assert house.left_to_strike() == []
    assert seen.startswith((old, new)), seen
    assert (release["phase"], release["error"]) == ("live", None)
    assert page(house, "shop").startswith(new)
    assert house.call("app.show", app="shop")["release"] == number
    ran = (house.files("shop:production") / "runs").read_text().splitlines()
    assert ran.count(f"release {number}") == 1, "a release command runs once"


def test_killed_again_and_again_a_first_publish_makes_its_data_once_and_comes_through(house: StruckHouse) -> None:
    faults = [
        Fault("create", "open", "before", "daemon"),  # its own branch, taken back and made again
        Fault("publish", "database", "done", "daemon"),
        Fault("publish", "starting", "done", "daemon"),
    ]
    house.call("project.create", name="fresh")
    with house.connect("fresh") as connection:
        connection.execute("CREATE TABLE orders (id int)")
    write_app(house.files("fresh"), 1, release=_COUNTING)
    house.arm(faults)
    with suppress(NacreError):
        house.call("app.publish", ref="fresh")
    for left in (2, 1, 0):
        house.wait_gone()
        assert len(house.left_to_strike()) == left
        house.up()
    until(lambda: house.call("app.show", app="fresh")["release"] == 1)
    assert page(house, "fresh").startswith("release 1 ")
    assert [one["ref"] for one in house.call("branch.list", ref="fresh")] == ["fresh", "fresh:production"]
    with house.connect("fresh:production") as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchall() == [(0,)]
    assert (house.files("fresh:production") / "runs").read_text() == "release 1\n"


def served(house: StruckHouse) -> str:
    return str(until(lambda: answered(house)))


def answered(house: StruckHouse) -> str:
    with suppress(httpx.HTTPError):
        return page(house, "shop")
    return ""


def ended(house: StruckHouse, number: int) -> dict[str, object] | None:
    found = next((one for one in house.call("release.list", app="shop") if one["number"] == number), None)
    return found if found is not None and found["phase"] in ENDED else None
