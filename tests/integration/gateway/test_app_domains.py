"""A published app by a domain of its own: by port and by name, with a certificate, and without a reload."""

import ssl

import httpx
import pytest
from tests.daemon import House
from tests.integration.gateway.books import books
from tests.integration.gateway.conftest import trust
from tests.integration.gateway.upstream import published

from nacre.core.errors import NacreError
from nacre.core.names import Ref
from nacre.core.principals import OWNER


@pytest.fixture(params=["gated", "named"])
def house(request) -> House:
    """A house in which the apps `lighthouse` and `keeper` are known."""
    house: House = request.getfixturevalue(request.param)
    if not any(one["name"] == "lighthouse" for one in house.call("app.list")):
        house.call("project.create", name="lighthouse")
        with books(house) as kept:
            for slug in ("lighthouse", "keeper"):
                kept.apps.claim(slug, "production", kept.catalog.branch(Ref("lighthouse")), OWNER, None)
    return house


def get(house: House, name: str, path: str = "/", port: int | None = None) -> httpx.Response:
    """Ask this machine for that name, as if it were in the DNS, and believe Nacre's own authority alone."""
    port = port or (house.settings.port if house.settings.domain else house.settings.content_port)
    with httpx.Client(verify=trust(house), timeout=20) as browser:
        return browser.get(
            f"https://127.0.0.1:{port}{path}", headers={"Host": f"{name}:{port}"}, extensions={"sni_hostname": name}
        )


def test_a_domain_leads_to_its_app_from_the_moment_it_is_added(house):
    gateway = house.call("system.status")["gateway"]["pid"]
    with pytest.raises((httpx.ConnectError, ssl.SSLError)):
        get(house, "shop.example.com")  # nobody is certified for a name that leads nowhere
    with published(house, "lighthouse") as upstream:
        added = house.call("app.domain.add", app="lighthouse", name="Shop.Example.com")
        assert (added["name"], added["certificate"]) == ("shop.example.com", "at-first-visit")
        answer = get(house, "shop.example.com", "/a?b")
        assert answer.json()["head"].startswith("GET /a?b ")
        assert upstream.header("X-Forwarded-Host") == [f"shop.example.com:{answer.url.port}"]
        assert get(house, "shop.example.com", "/healthz").json()["head"].startswith("GET /healthz "), "nothing of ours"
        assert get(house, "shop.example.com", "/api/status").json()["head"].startswith("GET /api/status ")
        own = house.call("app.domain.list", app="lighthouse")
        assert [(one["name"], one["certificate"]) for one in own] == [("shop.example.com", "valid")]
        house.call("app.domain.remove", app="lighthouse", name="shop.example.com")
        gone = get(house, "shop.example.com", "/a?b")
        assert not gone.text.startswith('{"head"'), "it has a certificate, and leads nowhere"
    assert house.call("system.status")["gateway"]["pid"] == gateway, "the gateway was not started anew"


def test_an_app_has_a_name_of_its_own_below_the_domain_or_on_this_machine(house):
    ending = house.settings.domain or "localhost"
    own = house.call("app.show", app="lighthouse")["url"]
    assert own.startswith(f"https://lighthouse.{ending}:"), "at a path, links of its own would lead elsewhere"
    with published(house, "lighthouse", 2):
        answer = get(house, f"lighthouse.{ending}", "/apps/keeper/")
        assert answer.json()["head"].startswith("GET /apps/keeper/ ")


def test_without_a_domain_both_ports_serve_it_and_the_console_never_shows_by_such_a_name(house):
    if house.settings.domain:
        return
    house.call("app.domain.add", app="lighthouse", name="lamp.example.com")
    with published(house, "lighthouse"):
        answer = get(house, "lamp.example.com", "/api/status", port=house.settings.port)
        assert answer.json()["head"].startswith("GET /api/status ")
    house.call("app.domain.remove", app="lighthouse", name="lamp.example.com")
    house.call("app.domain.add", app="keeper", name="lamp.example.com")
    assert "There is no such app" in get(house, "lamp.example.com", "/", port=house.settings.port).text
    house.call("app.domain.remove", app="keeper", name="lamp.example.com")


def test_a_domain_belongs_to_one_app(house):
    house.call("app.domain.add", app="lighthouse", name="one.example.com")
    again = house.call("app.domain.add", app="lighthouse", name="one.example.com")
    assert again["app"] == "lighthouse"
    with pytest.raises(NacreError) as refused:
        house.call("app.domain.add", app="keeper", name="one.example.com")
    assert refused.value.code == "domain-taken"
    with pytest.raises(NacreError) as refused:
        house.call("app.domain.remove", app="keeper", name="one.example.com")
    assert refused.value.code == "domain-not-found"
    house.call("app.domain.remove", app="lighthouse", name="one.example.com")
    assert house.call("app.domain.add", app="keeper", name="one.example.com")["app"] == "keeper"
    house.call("app.domain.remove", app="keeper", name="one.example.com")


def test_a_name_in_another_script_is_served_by_its_plain_letters(house):
    added = house.call("app.domain.add", app="lighthouse", name="bücher.example")
    assert (added["name"], added["shown"]) == ("xn--bcher-kva.example", "bücher.example")
    with published(house, "lighthouse"):
        assert get(house, "xn--bcher-kva.example").status_code == 200
    said = house.run("app", "domain", "list", "lighthouse").stdout
    assert "bücher.example" in said
    house.call("app.domain.remove", app="lighthouse", name="bücher.example")
