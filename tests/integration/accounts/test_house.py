"""A whole house: whoever makes a project is its admin, and nothing of that is left when the project goes."""

import json
from collections.abc import Iterator

import pytest
from tests.daemon import House, house_on
from tests.integration.accounts.door import PASSWORD, Browser, code_of

from nacre.surfaces.client import request_of
from nacre.surfaces.registry import all_operations
from nacre.surfaces.verbs import describe


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with house_on("copy") as house:
        yield house


@pytest.fixture(scope="module")
def url(house: House) -> str:
    return f"http://127.0.0.1:{house.settings.port}"


def test_the_command_line_makes_the_link_and_the_first_to_follow_it_is_admin(house: House, url: str) -> None:
    told = house.run("account", "link")
    assert told.returncode == 0, told.stderr
    link = told.stdout.split()[-1]
    boss = Browser(url)
    assert boss.follow(link, person="boss", password=PASSWORD).status_code == 200
    assert boss.session().json()["role"] == "admin"
    assert house.run("account", "link").returncode == 1
    invited = json.loads(house.run("person", "invite", "ann", "--json").stdout)
    assert Browser(url).follow(invited["link"]["url"], password=PASSWORD).status_code == 200


def test_who_makes_a_project_is_its_admin_until_it_goes(house: House, url: str) -> None:
    ann, bob = Browser(url), Browser(url)
    assert ann.sign_in("ann").status_code == 200
    invited = house.call("person.invite", name="bob")
    assert bob.follow(invited["link"]["url"], password=PASSWORD).status_code == 200

    assert call(ann, "project.create", name="atelier") == ""
    assert ann.session().json()["projects"] == {"atelier": "admin"}
    assert [shown["name"] for shown in ann.client.get("/api/projects").json()] == ["atelier"]
    assert bob.client.get("/api/projects").json() == []
    assert call(bob, "project.show", ref="atelier") == "not-allowed"

    assert call(ann, "member.set", ref="atelier", name="bob", role="viewer") == ""
    (seen,) = bob.client.get("/api/projects").json()
    assert (seen["role"], seen["database_url"]) == ("viewer", None)
    assert call(bob, "project.url", ref="atelier") == "not-allowed"

    assert call(ann, "project.delete", ref="atelier") == ""
    assert ann.session().json()["projects"] == bob.session().json()["projects"] == {}
    assert call(bob, "project.create", name="atelier") == ""
    assert call(ann, "project.show", ref="atelier") == "not-allowed", "the name is bob's now"


def test_sessions_outlive_a_daemon_that_is_killed(house: House, url: str) -> None:
    ann = Browser(url)
    ann.sign_in("ann")
    house.restart()
    assert ann.session().json()["person"] == "ann"


def call(browser: Browser, operation: str, **arguments: str) -> str:
    """The code it was refused with, or ""."""
    verb = describe(all_operations().get(operation))
    path, body = request_of(verb, arguments)
    return code_of(browser.request(verb.method, path, content=body, timeout=60))
