"""With a domain everything is at one port, told apart by name; a second port is plain and only leads there."""

from collections.abc import Iterator

import httpx
import pytest
from tests.daemon import House, house_on
from tests.integration.gateway.conftest import trust
from tests.integration.gateway.upstream import upstream_at

DOMAIN = "nacre.test"


@pytest.fixture(scope="module")
def named() -> Iterator[House]:
    with house_on("copy", NACRE_MODE="full", NACRE_DOMAIN=DOMAIN) as house:
        yield house


def get(house: House, name: str, path: str = "/", **headers: str) -> httpx.Response:
    """Ask this machine for that name, as if it were in the DNS."""
    port = house.settings.port
    with httpx.Client(verify=trust(house), timeout=20) as browser:
        return browser.get(
            f"https://127.0.0.1:{port}{path}",
            headers={"Host": f"{name}:{port}", "Accept": "text/html", **headers},
            extensions={"sni_hostname": name},
        )


def test_the_domain_itself_is_the_console(named):
    assert get(named, DOMAIN, "/healthz").status_code == 200
    policy = get(named, DOMAIN).headers["content-security-policy"]
    assert f"frame-src 'self' https://*.{DOMAIN}:{named.settings.port};" in policy


def test_paths_of_content_lead_to_a_name_of_its_own(named):
    answer = get(named, DOMAIN, "/ws/ada/x?y")
    assert answer.headers["location"] == f"https://content.{DOMAIN}:{named.settings.port}/ws/ada/x?y"


@pytest.mark.parametrize("name", ["content", "main--shop", "try-x--shop"])
def test_content_has_names_below_it_and_asks_the_console_for_a_sign_in(named, name):
    answer = get(named, f"{name}.{DOMAIN}", "/ws/ada/")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"https://{DOMAIN}:{named.settings.port}/handoff?host={name}.{DOMAIN}")


def test_a_published_app_has_a_name_and_a_path(named):
    with upstream_at(named.home / "run" / "apps" / "shop" / "up.sock"):
        assert get(named, f"shop.{DOMAIN}", "/a").json()["head"].startswith("GET /a ")
        assert get(named, f"content.{DOMAIN}", "/apps/shop/a").json()["head"].startswith("GET /apps/shop/a ")
        assert get(named, f"main--shop.{DOMAIN}", "/apps/shop/a").status_code == 303, "that path is the preview's own"
    assert "There is no such app" in get(named, f"other.{DOMAIN}").text


def test_a_name_that_is_not_ours_gets_nothing(named):
    with httpx.Client(verify=trust(named)) as browser:
        answer = browser.get(
            f"https://127.0.0.1:{named.settings.port}/healthz",
            headers={"Host": "evil.example"},
            extensions={"sni_hostname": DOMAIN},
        )
    assert answer.status_code == 421


def test_the_plain_port_leads_to_the_other_and_knows_what_exists(named):
    named.call("project.create", name="shop")
    plain = f"http://127.0.0.1:{named.settings.content_port}"
    moved = httpx.get(f"{plain}/a?b", headers={"Host": DOMAIN})
    assert (moved.status_code, moved.headers["location"]) == (308, f"https://{DOMAIN}:{named.settings.port}/a?b")
    known = {
        name: httpx.get(f"{plain}/permission", params={"domain": name}).status_code == 200
        for name in (DOMAIN, f"content.{DOMAIN}", f"main--shop.{DOMAIN}", f"main--other.{DOMAIN}", "evil.example",
                     f"a.b.{DOMAIN}", f"..{DOMAIN}", f"other.{DOMAIN}")
    }  # fmt: skip
    assert [name for name, is_known in known.items() if is_known] == [
        DOMAIN,
        f"content.{DOMAIN}",
        f"main--shop.{DOMAIN}",
    ]
