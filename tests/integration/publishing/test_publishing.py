"""The whole way in a real house: published, changed, broken in several ways, back; and who may do what."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.daemon import House
from tests.integration.publishing.apps import CRASHING, page, write_app

from nacre.core.errors import NacreError
from nacre.surfaces.client import request_of


@pytest.fixture(scope="module")
def shop(house: House) -> House:
    """A project whose app is published once, with a table that came over, and rows that did not."""
    house.call("project.create", name="shop")
    with house.connect("shop") as connection:
        connection.execute("CREATE TABLE orders (id serial PRIMARY KEY, what text)")
        connection.execute("INSERT INTO orders (what) VALUES ('a test')")
    write_app(house.files("shop"), 1)
    house.call("app.publish", ref="shop", message="the first")
    return house


def refused(house: House, operation: str, **arguments: Any) -> NacreError:
    with pytest.raises(NacreError) as caught:
        house.call(operation, **arguments)
    assert caught.value.message
    return caught.value


def rows(house: House) -> list[Any]:
    return list(house.call("sql.run", ref="shop:production", command="SELECT what FROM orders ORDER BY id")["rows"])


def test_it_is_published_changed_rolled_back_and_rewound(shop: House) -> None:
    assert page(shop, "shop").startswith("release 1 ")
    assert rows(shop) == [], "the schema came over, the rows did not"
    first = shop.call("release.show", app="shop", number=1)
    assert list(first["phases"]) == ["queued", "building", "database", "releasing", "starting", "switching"]
    assert "app 1 is up" in shop.call("app.logs", app="shop")["text"]

    again = shop.call("app.publish", ref="shop")
    assert again["unchanged"], "nothing changed, so nothing is done"

    httpx.post(f"https://localhost:{shop.settings.port + 1}/apps/shop/", verify=False)
    shop.call("sql.run", ref="shop:production", command="INSERT INTO orders (what) VALUES ('real')")
    good = shop.call("checkpoint", ref="shop:production", message="good")["id"]

    write_app(shop.files("shop"), 2)
    second = shop.call("app.publish", ref="shop")
    assert page(shop, "shop") == "release 2 - note;", "the folder /data stays from release to release"
    assert second["undo"] == "nacre app rollback shop"
    changes = shop.call("release.show", app="shop", number=second["release"]["number"])["changes"]
    assert (changes["files"], changes["against"], changes["image"]) == (["app.py"], 1, True)

    shop.call("sql.run", ref="shop:production", command="DELETE FROM orders")
    httpx.post(f"https://localhost:{shop.settings.port + 1}/apps/shop/", verify=False)
    back = shop.call("app.rollback", app="shop")
    assert back["release"]["image_of"] == 1
    assert page(shop, "shop") == "release 1 - note;note;", "the data stays"
    assert rows(shop) == []
    assert "building" not in back["release"]["phases"]

    rewound = shop.call("app.rewind", app="shop", moment=f"#{good}")
    assert rows(shop) == [["real"]]
    assert page(shop, "shop") == "release 1 - note;", "code stays, database and /data go back together"
    shop.call("undo", ref="shop:production")
    assert rows(shop) == []
    assert rewound["undo"] == "nacre undo shop:production"


def test_what_cannot_serve_is_refused_with_its_words_and_the_old_one_stays(shop: House) -> None:
    before = page(shop, "shop")
    write_app(shop.files("shop"), 7, code=CRASHING)
    crash = refused(shop, "app.publish", ref="shop")
    assert crash.code == "release-crashed"
    assert "no such luck" in crash.message + shop.call("release.list", app="shop")[0]["error"]["message"]
    assert "serves on" in crash.hint
    write_app(shop.files("shop"), 8, release="echo migrating; exit 4")
    broken = refused(shop, "app.publish", ref="shop")
    assert broken.code == "release-command-failed"
    newest = shop.call("release.list", app="shop")[0]
    assert f"nacre app rewind shop '#{newest['checkpoint']}'" in broken.hint
    assert (newest["phase"], newest["error"]["phase"]) == ("failed", "releasing")
    assert "migrating" in shop.call("release.show", app="shop", number=newest["number"])["log"]
    assert page(shop, "shop") == before
    assert shop.call("app.show", app="shop")["status"] == "running"


def test_configuration_goes_on_in_a_new_release_of_the_same_image(shop: House) -> None:
    serving = shop.call("app.show", app="shop")["release"]
    done = shop.call("app.env.set", app="shop", name="COLOUR", value="teal")
    assert " teal " in page(shop, "shop")
    assert "building" not in done["release"]["phases"]
    shop.call("app.secret.set", app="shop", name="COLOUR", value="secret-teal")
    assert " secret-teal " in page(shop, "shop")
    assert "secret-teal" not in str(shop.call("app.secret.list", app="shop")) + shop.log()
    changed = shop.call("release.show", app="shop", number=shop.call("app.show", app="shop")["release"])["changes"]
    assert (changed["configuration"], changed["image"]) == (["COLOUR"], False)
    shop.call("app.rollback", app="shop", to=serving)
    assert " - " in page(shop, "shop"), "a rollback takes back configuration too"


def test_its_data_is_for_admins_and_no_place_to_work(shop: House) -> None:
    assert refused(shop, "branch.delete", ref="shop:production").code == "production-branch"
    assert refused(shop, "workspace.exec", ref="shop:production", command=["true"]).code == "production-branch"
    assert refused(shop, "project.delete", ref="shop").code == "project-published"
    assert refused(shop, "branch.create", ref="shop", name="production-x").code == "reserved-name"
    shown = {one["ref"]: one["production"] for one in shop.call("branch.list", ref="shop")}
    assert shown == {"shop": False, "shop:production": True}
    shop.call("branch.create", ref="shop:production", name="bug", at="#3")
    shop.call("branch.delete", ref="shop:bug")


def test_an_agent_waits_for_a_person_before_it_destroys(shop: House) -> None:
    ask = asking(shop, role="admin")
    shown = ask("project.show", ref="shop:production").json()
    assert shown["database_url"] is None
    assert ask("project.url", ref="shop:production").status_code == 403
    waits = ask("app.rewind", app="shop", moment="1s")
    assert waits.json()["error"]["code"] == "approval-needed"
    number = shop.call("approval.list", waiting=True)[0]["number"]
    assert ask("approval.approve", number=number).status_code == 403, "not even an admin's agent decides"
    shop.call("approval.approve", number=number)
    assert ask("app.rewind", app="shop", moment="2s").json()["error"]["code"] == "approval-needed", "another call"
    assert ask("app.rewind", app="shop", moment="1s").status_code == 200, "the very call that was approved"
    assert ask("app.rewind", app="shop", moment="1s").json()["error"]["code"] == "approval-needed", "and once"
    line = f"SELECT 1; {'-' * 3000}\nDROP TABLE visit"
    assert ask("sql.run", ref="shop:production", command=line).json()["error"]["code"] == "approval-needed"
    seen = shop.call("approval.list", waiting=True)[0]["arguments"]
    assert seen["command"] == line, "what is allowed is seen, and whole"
    deleting = ask("app.delete", app="shop").json()["error"]
    assert deleting["code"] == "approval-needed"
    assert shop.call("app.show", app="shop")["state"] == "running"


def test_users_of_a_project_publish_and_leave_its_data_to_admins(shop: House) -> None:
    ask = asking(shop, role="user")
    assert ask("app.publish", ref="shop").status_code in (200, 409)
    assert ask("app.logs", app="shop").status_code == 200
    for operation, arguments in (
        ("sql.run", {"ref": "shop:production", "command": "SELECT 1"}),
        ("table.rows", {"ref": "shop:production", "table": "visit"}),
        ("files.ls", {"ref": "shop:production"}),
        ("app.secret.set", {"app": "shop", "name": "KEY", "value": "x"}),
        ("app.rewind", {"app": "shop", "moment": "1s"}),
        ("app.delete", {"app": "shop"}),
    ):
        assert ask(operation, **arguments).status_code == 403, operation


def asking(shop: House, role: str) -> Callable[..., httpx.Response]:
    """Calls by an agent of the owner's with this role, as they come over the network."""
    token = shop.call("token.create", name=f"helper-{role}", role=role)["token"]

    def ask(operation: str, **arguments: Any) -> httpx.Response:
        path, body = request_of(shop.verbs[operation], arguments)
        return httpx.request(
            shop.verbs[operation].method, f"https://localhost:{shop.settings.port}{path}", content=body, verify=False,
            headers={"Authorization": f"Bearer {token}"}, timeout=60,
        )  # fmt: skip

    return ask


def apps_of_the_shop(house: House) -> list[str]:
    """Those of other tests in this house are left out, whichever came first."""
    return [one["name"] for one in house.call("app.list") if one["project"] == "shop"]


def test_a_branch_is_shown_beside_the_app_and_goes_with_it(shop: House) -> None:
    shop.call("branch.create", ref="shop", name="try-x")
    write_app(shop.files("shop:try-x"), 30)
    shown = shop.call("app.publish", ref="shop:try-x")
    assert shown["app"] == "shop-try-x"
    assert page(shop, "shop-try-x").startswith("release 30 ")
    preview = next(one for one in shop.call("app.list") if one["name"] == "shop-try-x")
    assert (preview["kind"], preview["database"], bool(preview["expires_at"])) == ("preview", "shop:try-x", True)
    shop.call("branch.delete", ref="shop:try-x")
    assert apps_of_the_shop(shop) == ["shop"]
    assert not page(shop, "shop-try-x").startswith("release")


def test_two_commits_are_compared_by_git_and_leave_no_sandbox_of_their_release_commands(shop: House) -> None:
    numbers, runs = [], shop.home / "run" / "apps" / "shop"
    before = {*runs.glob("x*")}
    for version in (5, 6):
        write_app(shop.files("shop"), version, release="echo migrating")
        commit = shop.call("git.commit", ref="shop", message=f"version {version}")["commit"]["sha"]
        numbers.append(shop.call("app.publish", ref="shop", commit=commit)["release"]["number"])
    changes = shop.call("release.show", app="shop", number=numbers[1])["changes"]
    assert (changes["against"], changes["files"]) == (numbers[0], ["app.py"])
    assert {*runs.glob("x*")} == before, "what the release commands ran in is gone"


def test_it_is_stopped_started_and_gone_with_its_data(shop: House) -> None:
    before = page(shop, "shop")
    assert shop.call("app.stop", app="shop")["status"] == "stopped"
    assert page(shop, "shop") != before
    assert shop.call("app.start", app="shop")["state"] == "running"
    assert page(shop, "shop") == before
    assert shop.call("app.delete", app="shop")["branch"] == "shop:production"
    assert apps_of_the_shop(shop) == []
    assert [one["ref"] for one in shop.call("branch.list", ref="shop")] == ["shop"]
    assert not page(shop, "shop").startswith("release")
