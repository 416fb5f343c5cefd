"""Signing in through a provider: whom it lets in, whom not, and which of its answers are not believed."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from tests.integration.accounts.conftest import TurnedClock
from tests.integration.accounts.door import Browser, Door, open_door
from tests.integration.accounts.provider import CLIENT, SECRET, Provider, running, shared_key

from nacre.core.settings import Settings

Make = Callable[..., Browser]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture(scope="module")
def door(settings: Settings, clock: TurnedClock, provider: Provider) -> Iterator[Door]:
    secret = settings.home / "client-secret"
    secret.write_text(f"{SECRET}\n")
    chosen = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret_file": secret,
        "oidc_name": "Example",
        "oidc_domains": "example.org",
        "oidc_admins": "boss@else.example",
    }
    with open_door(Door(settings.model_copy(update=chosen), clock, only_ask=False)) as door:
        yield door


@pytest.fixture(autouse=True)
def honest(provider: Provider) -> Iterator[None]:
    yield
    provider.spoil = lambda claims, header: None


def come_in(browser: Browser, provider: Provider, to: str = "/projects/shop", **person: Any) -> httpx.Response:
    """Walk the way a browser walks; the answer is the last one, of the callback."""
    provider.person = person
    away = browser.client.get("/api/sign-in/oidc/start", params={"next": to})
    assert away.status_code == 303
    back = httpx.get(away.headers["location"])
    return browser.client.get(back.headers["location"])


def told(answer: httpx.Response) -> str:
    """Where the browser ends: a page, or the sign-in with an error."""
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_the_sign_in_page_knows_what_the_provider_is_called(browser: Make) -> None:
    assert browser().client.get("/api/sign-in").json() == {"password": True, "openid": "Example", "first": True}


def test_who_was_invited_by_their_address_comes_in_and_is_known_by_the_subject_from_then_on(
    door: Door, browser: Make, provider: Provider
) -> None:
    door.call("person.invite", name="ann", display_name="Ann", email="ann@else.example", role="viewer")
    ann = browser()
    answer = come_in(ann, provider, sub="17", email="Ann@Else.example", email_verified=True)
    assert told(answer) == "/projects/shop"
    session = ann.session().json()
    assert (session["person"], session["role"]) == ("ann", "viewer")
    assert door.call("person.show", name="ann")["state"] == "active"
    door.call("person.update", name="ann", email="")
    again = browser()
    assert told(come_in(again, provider, sub="17", email="new@else.example", email_verified=True)) == "/projects/shop"
    assert again.session().json()["person"] == "ann"


def test_an_address_that_changed_hands_opens_nobodys_account(door: Door, browser: Make, provider: Provider) -> None:
    door.call("person.invite", name="bob", email="bob@example.org")
    come_in(browser(), provider, sub="18", email="bob@example.org", email_verified=True)
    other = come_in(browser(), provider, sub="19", email="bob@example.org", email_verified=True)
    assert told(other) == "/sign-in#error=not-invited"


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "20", "email": "eve@else.example", "email_verified": True},
        {"sub": "21", "email": "eve@example.org", "email_verified": False},
        {"sub": "22", "email": "eve@example.org"},
        {"sub": "23", "email": "eve@evil.example.org", "email_verified": True},
        {"sub": "24", "email": "eve@example.org.evil", "email_verified": True},
        {"sub": "25"},
    ],
    ids=str,
)
def test_whoever_was_not_invited_stays_out(browser: Make, provider: Provider, person: dict[str, Any]) -> None:
    eve = browser()
    assert told(come_in(eve, provider, **person)) == "/sign-in#error=not-invited"
    assert eve.session().status_code == 401


def test_an_allowed_domain_needs_no_invitation(door: Door, browser: Make, provider: Provider) -> None:
    for sub, username, name in (("30", "Carl.Peter@x", "carl-peter"), ("31", "carl peter", "carl-peter-2")):
        carl = browser()
        come_in(carl, provider, sub=sub, email=f"{sub}@example.org", email_verified=True, preferred_username=username)
        session = carl.session().json()
        assert (session["person"], session["role"], session["members_only"]) == (name, "user", True)


def test_those_named_as_admins_become_admins(browser: Make, provider: Provider) -> None:
    boss = browser()
    come_in(boss, provider, sub="1", email="boss@else.example", email_verified=True, name="The Boss")
    session = boss.session().json()
    assert (session["person"], session["name"], session["role"]) == ("boss", "The Boss", "admin")


def test_a_disabled_person_stays_out(door: Door, browser: Make, provider: Provider) -> None:
    door.call("person.invite", name="dora", email="dora@example.org")
    come_in(browser(), provider, sub="40", email="dora@example.org", email_verified=True)
    door.call("person.disable", name="dora")
    assert told(come_in(browser(), provider, sub="40")) == "/sign-in#error=person-disabled"


def other_key(_claims: dict[str, Any], _header: dict[str, Any]) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "one"})


def hmac_with_the_secret(_claims: dict[str, Any], header: dict[str, Any]) -> Any:
    header["alg"] = "HS256"
    return shared_key()


def change(**changes: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda claims, header: claims.update(changes)


@pytest.mark.parametrize(
    "spoil",
    [
        change(aud="another client"),
        change(aud=["another client"]),
        change(iss="https://evil.example"),
        change(nonce="another sign-in"),
        lambda claims, header: claims.pop("nonce") and None,
        lambda claims, header: claims.pop("aud") and None,
        lambda claims, header: claims.pop("exp") and None,
        lambda claims, header: claims.pop("sub") and None,
        change(exp=1),
        change(azp="another client"),
        other_key,
        hmac_with_the_secret,
    ],
)
def test_a_token_that_is_not_the_providers_for_us_now_is_not_believed(
    browser: Make, provider: Provider, spoil: Any
) -> None:
    provider.spoil = spoil
    eve = browser()
    answer = come_in(eve, provider, sub="1", email="boss@else.example", email_verified=True)
    assert told(answer) == "/sign-in#error=openid-failed"
    assert eve.session().status_code == 401


def test_a_callback_works_once_and_only_in_the_browser_that_began(
    browser: Make, provider: Provider, clock: TurnedClock
) -> None:
    provider.person = {"sub": "1", "email": "boss@else.example", "email_verified": True}
    mine, victim = browser(), browser()
    back = httpx.get(mine.client.get("/api/sign-in/oidc/start").headers["location"]).headers["location"]
    assert told(victim.client.get(back)) == "/sign-in#error=openid-expired", "no signing in of others as oneself"
    assert told(mine.client.get(back)) == "/sign-in#error=openid-expired", "used up"
    late = httpx.get(mine.client.get("/api/sign-in/oidc/start").headers["location"]).headers["location"]
    clock.ahead += timedelta(minutes=11)
    assert told(mine.client.get(late)) == "/sign-in#error=openid-expired"
    clock.ahead -= timedelta(minutes=11)
    refused = mine.client.get("/api/sign-in/oidc/start").headers["location"]
    state = parse_qs(urlsplit(refused).query)["state"][0]
    answer = mine.client.get("/api/sign-in/oidc/callback", params={"state": state, "error": "access_denied"})
    assert told(answer) == "/sign-in#error=openid-refused"


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""])
def test_it_never_leads_to_another_site(browser: Make, provider: Provider, to: str) -> None:
    assert told(come_in(browser(), provider, to, sub="1", email="boss@else.example", email_verified=True)) == "/"


def test_state_nonce_and_challenge_are_new_each_time(browser: Make, provider: Provider) -> None:
    provider.asked.clear()
    for _ in range(3):
        come_in(browser(), provider, sub="1", email="boss@else.example", email_verified=True)
    for what in ("state", "nonce", "code_challenge"):
        assert len({asked[what] for asked in provider.asked}) == 3


def test_it_is_audited_and_no_secret_with_it(door: Door) -> None:
    entries = door.ground.audit.entries(200, operation="sign-in.openid")
    assert {entry.outcome for entry in entries} == {"done", "refused"}
    assert "person:boss" in {entry.who for entry in entries}
    assert SECRET not in str(entries)


def test_a_provider_that_calls_itself_otherwise_is_not_believed(browser: Make, provider: Provider) -> None:
    issuer, provider.issuer = provider.issuer, "http://127.0.0.1:1"
    try:
        answer = browser().client.get("/api/sign-in/oidc/start")
    finally:
        provider.issuer = issuer
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "openid-misconfigured"
