"""Over TLS, or behind a proxy that ends it: cookies are this host's alone, and pages must say https."""

from collections.abc import Iterator

import httpx
import pytest
from tests.integration.accounts.conftest import TurnedClock
from tests.integration.accounts.door import PASSWORD, Door, code_of, open_door

from nacre.core.settings import Settings


@pytest.fixture(scope="module")
def door(settings: Settings, clock: TurnedClock) -> Iterator[Door]:
    with open_door(Door(settings.model_copy(update={"domain": "nacre.example"}), clock, only_ask=False)) as door:
        door.make_person("ann")
        yield door


@pytest.fixture
def signed_in(door: Door) -> httpx.Response:
    return httpx.post(
        f"{door.url}/api/sign-in",
        json={"person": "ann", "password": PASSWORD},
        headers={"Host": "nacre.example", "Origin": "https://nacre.example"},
    )


def test_the_cookies_are_for_this_host_and_tls_alone(signed_in: httpx.Response) -> None:
    cookies = signed_in.headers.get_list("set-cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-nacre-session", "__Host-nacre-device"}
    for cookie in cookies:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
        assert not any(part.startswith("domain") for part in parts)


def test_a_cookie_that_any_page_of_the_site_could_have_set_is_not_read(door: Door, signed_in: httpx.Response) -> None:
    secret = signed_in.headers["set-cookie"].partition("=")[2].partition(";")[0]
    for name, status in (("__Host-nacre-session", 200), ("nacre-session", 401)):
        headers = {"Host": "nacre.example", "Cookie": f"{name}={secret}"}
        assert httpx.get(f"{door.url}/api/session", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("host", "origin", "allowed"),
    [
        ("nacre.example", "https://nacre.example", True),
        ("nacre.example:443", "https://nacre.example", True),
        ("nacre.example:8420", "https://nacre.example:8420", True),
        ("NACRE.example", "https://nacre.example", True),
        ("nacre.example", "http://nacre.example", False),
        ("nacre.example:8420", "https://nacre.example", False),
        ("nacre.example", "https://nacre.example:8421", False),
        ("nacre.example", "https://app.nacre.example", False),
        ("nacre.example", "https://nacre.example.evil", False),
    ],
)
def test_the_origin_is_scheme_host_and_port(door: Door, host: str, origin: str, allowed: bool) -> None:
    answer = httpx.post(
        f"{door.url}/api/sign-in",
        json={"person": "ann", "password": "not the right one"},
        headers={"Host": host, "Origin": origin},
    )
    assert code_of(answer) == ("bad-credentials" if allowed else "other-site")


def test_links_lead_to_the_name_that_browsers_use(door: Door) -> None:
    assert door.call("person.reset-link", name="ann")["url"].startswith("https://nacre.example/sign-in#link=")
