"""From the console's origin to another: a code is good once, briefly, for one host, and what it opens ends with all."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.integration.accounts.conftest import TurnedClock
from tests.integration.accounts.door import Browser, Door

from nacre.accounts.handoff import HandOff
from nacre.accounts.sessions import Sessions, SignedIn
from nacre.core.errors import NotSignedIn

Make = Callable[..., Browser]
HOST = "nacre.example:8421"


def signed_in(door: Door, browser: Browser) -> SignedIn:
    found = door.service(Sessions).authenticate(browser.client.cookies["nacre-session"])
    assert found is not None
    return found


@pytest.fixture
def hand_off(door: Door) -> HandOff:
    return door.service(HandOff)


def test_a_code_opens_the_content_of_its_host_to_its_person(door: Door, browser: Make, hand_off: HandOff) -> None:
    ann = browser("ann")
    cookie = hand_off.redeem(hand_off.issue(signed_in(door, ann), HOST), HOST)
    who = hand_off.authenticate(cookie, HOST)
    assert who is not None
    assert (who.person, who.role_in("shop")) == ("ann", None)
    assert hand_off.known(cookie, HOST) == who
    assert hand_off.authenticate(cookie, "other.example:8421") is None
    assert door.service(Sessions).authenticate(cookie) is None, "it is no cookie of the console's"
    assert hand_off.authenticate(ann.client.cookies["nacre-session"], HOST) is None, "nor the other way round"


def test_a_code_is_good_once_for_its_host_and_for_half_a_minute(
    door: Door, browser: Make, hand_off: HandOff, clock: TurnedClock
) -> None:
    ann = signed_in(door, browser("ann"))
    used, misled, late = (hand_off.issue(ann, HOST) for _ in range(3))
    hand_off.redeem(used, HOST)
    for code, host in ((used, HOST), (misled, "evil.example"), (misled, HOST), ("nonsense", HOST)):
        with pytest.raises(NotSignedIn):
            hand_off.redeem(code, host)
    clock.ahead += timedelta(seconds=31)
    with pytest.raises(NotSignedIn):
        hand_off.redeem(late, HOST)


@pytest.mark.parametrize("how", ["sign out", "end others", "disable", "remove"])
def test_it_ends_with_the_session_it_came_from(door: Door, browser: Make, hand_off: HandOff, how: str) -> None:
    name = f"for-{how.replace(' ', '-')}"
    person = browser(name)
    code, cookie = (hand_off.issue(signed_in(door, person), HOST) for _ in range(2))
    cookie = hand_off.redeem(cookie, HOST)
    assert hand_off.authenticate(cookie, HOST) is not None
    match how:
        case "sign out":
            person.request("POST", "/api/sign-out")
        case "end others":
            browser(name).call(door, "session.end-others")
        case "disable":
            door.call("person.disable", name=name)
        case "remove":
            door.call("person.remove", name=name)
    assert hand_off.known(cookie, HOST) is None
    assert hand_off.authenticate(cookie, HOST) is None
    with pytest.raises(NotSignedIn):
        hand_off.redeem(code, HOST)


def test_using_content_keeps_the_session_from_being_idle(
    door: Door, browser: Make, hand_off: HandOff, clock: TurnedClock
) -> None:
    ann = browser("ann")
    cookie = hand_off.redeem(hand_off.issue(signed_in(door, ann), HOST), HOST)
    for _ in range(3):
        clock.ahead += timedelta(hours=11)
        assert hand_off.authenticate(cookie, HOST) is not None
    assert ann.session().status_code == 200
