"""A home without people: one link, good once and for a day, makes the first admin; after that there is no way back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.integration.accounts.conftest import TurnedClock
from tests.integration.accounts.door import PASSWORD, Browser, Door, code_of

from nacre.core.errors import NacreError

Make = Callable[..., Browser]


def test_the_first_to_follow_the_link_is_admin_and_nobody_after_them(
    door: Door, browser: Make, clock: TurnedClock
) -> None:
    assert browser().client.get("/api/sign-in").json()["first"] is True
    late = door.call("account.link")["url"]
    clock.ahead += timedelta(hours=24)
    assert code_of(browser().follow(late, person="ann", password=PASSWORD)) == "bad-link"

    old = door.call("account.link")["url"]
    url = door.call("account.link")["url"]
    assert url.startswith(f"{door.url}/sign-in#link=")
    assert code_of(browser().follow(old, person="ann", password=PASSWORD)) == "bad-link"

    first = browser()
    link = url.partition("#link=")[2]
    shown = first.client.post("/api/sign-in/link/show", json={"link": link}).json()
    assert (shown["kind"], shown["name"]) == ("first", None)
    assert code_of(first.follow(url, password=PASSWORD)) == "bad-input"
    assert code_of(first.follow(url, person="Ann!", password=PASSWORD)) == "bad-name"
    assert code_of(first.follow(url, person="owner", password=PASSWORD)) == "bad-name"
    assert code_of(first.follow(url, person="ann", password="short")) == "weak-password"
    entered = first.follow(url, person="ann", name="Ann B.", password=PASSWORD, language="zh")
    assert entered.status_code == 200
    told = first.session().json()
    assert (told["person"], told["name"], told["role"], told["language"]) == ("ann", "Ann B.", "admin", "zh")

    assert code_of(browser().follow(url, person="eve", password=PASSWORD)) == "bad-link"
    with pytest.raises(NacreError) as refused:
        door.call("account.link")
    assert refused.value.code == "people-exist"
    assert browser().client.get("/api/sign-in").json()["first"] is False
    assert door.names() == ["ann"]


def test_an_invitation_lets_in_once_and_is_for_that_person(door: Door, browser: Make) -> None:
    invited = door.call("person.invite", name="bob", display_name="Bob", email="Bob@Example.org")
    assert invited["person"]["state"] == "invited"
    bob = browser()
    shown = bob.client.post("/api/sign-in/link/show", json={"link": invited["link"]["url"].split("=")[1]}).json()
    assert (shown["kind"], shown["name"], shown["display_name"]) == ("invite", "bob", "Bob")
    assert code_of(bob.sign_in("bob", "")) == "bad-credentials"
    assert bob.follow(invited["link"]["url"], password=PASSWORD).status_code == 200
    assert bob.session().json()["person"] == "bob"
    assert code_of(browser().follow(invited["link"]["url"], password="another password")) == "bad-link"
    assert browser().sign_in("bob@example.org ").status_code == 200


def test_a_reset_link_ends_all_sessions_and_the_old_password(door: Door, browser: Make) -> None:
    carl = browser("carl")
    url = door.call("person.reset-link", name="carl")["url"]
    assert carl.session().status_code == 200, "making a link changes nothing yet"
    fresh = browser()
    assert fresh.follow(url, password="quite another one").status_code == 200
    assert code_of(carl.session()) == "session-over"
    assert code_of(browser().sign_in("carl")) == "bad-credentials"
    assert browser().sign_in("carl", "quite another one").status_code == 200


def test_what_a_link_does_is_audited_and_the_link_is_not(door: Door) -> None:
    entries = door.ground.audit.entries(100)
    assert {entry.outcome for entry in entries if entry.operation == "sign-in.link"} == {"done", "refused"}
    assert "link=" not in str(entries)
    assert PASSWORD not in str(entries)
