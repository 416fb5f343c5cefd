"""Signing in by password: what is let in, what must wait, what is told to whom, and what is kept of it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from tests.integration.accounts.conftest import TurnedClock
from tests.integration.accounts.door import PASSWORD, Browser, Door, code_of

Make = Callable[..., Browser]


@pytest.fixture(autouse=True)
def a_day_later(clock: TurnedClock) -> Iterator[None]:
    """What failed in one test keeps nobody waiting in the next."""
    yield
    clock.ahead += timedelta(days=1)


def test_the_right_password_opens_a_session(door: Door, browser: Make) -> None:
    ann = browser("ann")
    told = ann.session().json()
    assert (told["person"], told["role"], told["members_only"], told["projects"]) == ("ann", "user", True, {})
    assert told["csrf"] == ann.csrf
    assert ann.call(door, "account.show").json()["kind"] == "person"


def test_an_unknown_name_and_a_wrong_password_are_told_alike(browser: Make) -> None:
    browser("ann")
    wrong, unknown = browser().sign_in("ann", "wrong password"), browser().sign_in("nobody-here", "wrong password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_the_cookie_is_for_the_browser_alone(browser: Make) -> None:
    fresh = browser()
    browser("ann")
    cookies = fresh.sign_in("ann").headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("nacre-session="))
    parts = {part.strip().lower() for part in session.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)


def test_only_digests_are_kept(door: Door, browser: Make) -> None:
    ann = browser("ann")
    secrets = [ann.client.cookies["nacre-session"], ann.client.cookies["nacre-device"], PASSWORD]
    written = b"".join(path.read_bytes() for path in door.settings.home.glob("data.db*"))
    assert b"$argon2id$" in written
    assert [secret for secret in secrets if secret.encode() in written] == []


@pytest.mark.usefixtures("stopped")
def test_guessing_must_wait_ever_longer_also_for_names_that_nobody_has(
    door: Door, browser: Make, clock: TurnedClock
) -> None:
    browser("ann")
    for name in ("ann", "nobody-here"):
        codes = [code_of(browser().sign_in(name, f"guess number {n}")) for n in range(7)]
        assert codes == ["bad-credentials"] * 5 + ["too-many-attempts"] * 2
        refused = browser().sign_in(name, PASSWORD)
        assert (refused.status_code, code_of(refused)) == (429, "too-many-attempts")
        assert int(refused.headers["retry-after"]) >= 1
    clock.ahead += timedelta(minutes=15)
    assert browser().sign_in("ann").status_code == 200


@pytest.mark.usefixtures("stopped")
def test_nobody_is_locked_out_by_strangers(door: Door, browser: Make) -> None:
    ann = browser("ann")
    for n in range(8):
        browser().sign_in("ann", f"guess number {n}")
    assert code_of(browser().sign_in("ann")) == "too-many-attempts", "a browser that is not known must wait"
    assert ann.sign_in("ann").status_code == 200, "one that ann has signed in with need not"
    assert browser().follow(door.call("person.reset-link", name="ann")["url"], password=PASSWORD).status_code == 200


@pytest.mark.usefixtures("stopped")
def test_a_known_browser_cannot_guess_without_end_either(browser: Make) -> None:
    bea = browser("bea")
    codes = [code_of(bea.sign_in("bea", f"guess number {n}")) for n in range(7)]
    assert codes == ["bad-credentials"] * 5 + ["too-many-attempts"] * 2


@pytest.mark.usefixtures("stopped")
def test_one_address_cannot_try_one_password_on_everybody(browser: Make) -> None:
    codes = [code_of(browser().sign_in(f"somebody-{n}", "Summer of 2026")) for n in range(22)]
    assert codes[:20] == ["bad-credentials"] * 20
    assert codes[-1] == "too-many-attempts"


@pytest.mark.usefixtures("stopped")
def test_lock_outs_are_audited_once_and_failures_each(door: Door, browser: Make) -> None:
    browser("dan")
    for n in range(9):
        browser().sign_in("dan", f"guess number {n}")
    entries = [entry for entry in door.ground.audit.entries(20, operation="sign-in") if entry.who == "person:dan"]
    assert [entry.code for entry in entries] == ["too-many-attempts", *["bad-credentials"] * 5, None]
    assert entries[0].arguments["address"] == "127.0.0.1"


def test_what_was_typed_as_a_name_is_not_kept(door: Door, browser: Make) -> None:
    browser().sign_in("my secret password", "ann")
    assert "my secret password" not in str(door.ground.audit.entries(5))


def test_a_disabled_person_is_out_at_once_and_in_again_when_enabled(door: Door, browser: Make) -> None:
    eve = browser("eve")
    token = eve.call(door, "token.create", name="bot", kind="person").json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{door.url}/api/account", headers=bearer).status_code == 200
    door.call("person.disable", name="eve")
    assert code_of(eve.session()) == "session-over"
    assert httpx.get(f"{door.url}/api/account", headers=bearer).status_code == 401
    assert code_of(eve.sign_in("eve")) == "person-disabled"
    assert code_of(browser().sign_in("eve", "wrong password")) == "bad-credentials", "only who knows it is told"
    door.call("person.enable", name="eve")
    assert eve.sign_in("eve").status_code == 200
    assert httpx.get(f"{door.url}/api/account", headers=bearer).status_code == 200


def test_a_demoted_persons_token_is_demoted_with_them(door: Door, browser: Make) -> None:
    door.make_person("fay", "admin")
    door.make_person("last", "admin")
    token = browser("fay").call(door, "token.create", name="bot", role="admin").json()["token"]
    client = httpx.Client(base_url=door.url, headers={"Authorization": f"Bearer {token}"})
    assert client.get("/api/audit").status_code == 409, "it gets as far as the operation"
    door.call("person.update", name="fay", role="user")
    assert client.get("/api/audit").status_code == 403


def test_the_last_admin_stays(door: Door, browser: Make) -> None:
    admins = [row["name"] for row in door.call("person.list") if row["role"] == "admin"]
    for name in admins[1:]:
        door.call("person.remove", name=name)
    last = browser(admins[0])
    for operation, more in (("person.remove", {}), ("person.disable", {}), ("person.update", {"role": "user"})):
        assert code_of(last.call(door, operation, name=admins[0], **more)) == "last-admin"
    door.call("person.invite", name="not-yet", role="admin")
    assert code_of(last.call(door, "person.remove", name=admins[0])) == "last-admin", "invited is not signed in"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad-input"),
        ({"person": "ann", "password": 5}, "bad-input"),
        ({"person": "ann", "password": "x", "role": "admin"}, "bad-input"),
        ({"person": "x" * 300, "password": "x"}, "bad-input"),
        ({"person": "ann", "password": "x" * 2000}, "bad-input"),
        ({"person": "ann\ud800", "password": "\ud800"}, "bad-input"),
        ({"person": "ann", "password": "x" * 20_000}, "body-too-large"),
    ],
    ids=str,
)
def test_a_sign_in_that_is_none_is_refused(browser: Make, body: dict[str, object], code: str) -> None:
    answer = browser().client.post(
        "/api/sign-in", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code < 500
    assert code_of(answer) == code


def test_a_form_cannot_sign_in(browser: Make) -> None:
    answer = browser().client.post(
        "/api/sign-in", content='{"person": "ann", "password": "x"}', headers={"Content-Type": "text/plain"}
    )
    assert code_of(answer) == "bad-json"
