"""Publishing from the console: one press, live, changed, published again, rolled back, failed; git; both languages."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.daemon import House, house_on
from tests.e2e.conftest import Visit
from tests.e2e.visitor import PHONE, Visitor, faults
from tests.e2e.waiting import until

from nacre.surfaces.client import request_of

LIVE_MS = 60_000


@pytest.fixture(scope="module")
def nacre() -> Iterator[House]:
    """A house behind its gateway, with a project that is one page."""
    with house_on("copy", NACRE_CONSOLE="true", NACRE_MODE="full") as house:
        for project in ("shop", "bakery"):
            house.call("project.create", name=project)
            _write(house, project, "Bread")
        yield house


@pytest.fixture(scope="module")
def origin(nacre: House) -> str:
    return f"https://localhost:{nacre.settings.port}"


@pytest.fixture(scope="module")
def bakery(nacre: House) -> str:
    """An app that is live."""
    return str(nacre.call("app.publish", ref="bakery")["app"])


@pytest.fixture
def here(visit: Visit, ann: Any) -> Visitor:
    return visit(state=ann)


def test_one_press_makes_a_branch_live_and_one_brings_back_what_was(here: Visitor, nacre: House):
    page, toast = here.page, _toast(here)
    here.go("/projects/shop/publish")
    expect(page.get_by_role("heading", name="Nothing of this project is live yet")).to_be_visible()
    expect(page.get_by_text("nacre publish shop")).to_be_visible()
    _look_over(here)
    page.get_by_role("button", name="Publish this branch").click()
    panel = page.get_by_role("region", name="Publishing shop")
    expect(panel.get_by_role("list", name="Phases")).to_contain_text("Building the image")
    page.get_by_role("link", name="Time", exact=True).click()  # it goes on whatever one looks at
    expect(toast).to_contain_text("shop is live as release 1", timeout=LIVE_MS)
    expect(toast).to_contain_text("took")
    address = toast.get_by_role("link").get_attribute("href") or ""
    assert "Bread" in _seen(here, address)

    _write(nacre, "shop", "Cake")
    _publish(page)
    expect(toast).to_contain_text("shop is live as release 2", timeout=LIVE_MS)
    assert "Cake" in _seen(here, address)
    toast.get_by_role("button", name="Undo").last.click()
    expect(toast).to_contain_text("shop is as in release 1 again", timeout=LIVE_MS)
    until(page, lambda: "Bread" in _seen(here, address))

    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_role("link", name="#2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("shop, release 2")
    expect(page.get_by_text("1 file differs")).to_be_visible()
    expect(page.get_by_text("It does not undo data")).to_be_visible()
    _look_over(here)
    page.get_by_role("button", name="Roll back to 2").click()
    expect(toast).to_contain_text("shop is as in release 2 again", timeout=LIVE_MS)
    until(page, lambda: "Cake" in _seen(here, address))
    expect(page.get_by_text("serving now")).to_have_count(0)  # it is release 4 that serves, and is as 2


def test_what_fails_says_why_and_what_was_live_stays(here: Visitor, nacre: House, bakery: str):
    page = here.page
    (nacre.files(bakery) / "nacre.toml").write_text('[publish]\nbuild = "echo no flour left; exit 3"\n')
    here.go(f"/projects/{bakery}/publish")
    _publish(page)
    panel = page.get_by_role("region", name=f"{bakery} was not published")
    expect(panel.get_by_role("alert")).to_contain_text("no flour left", timeout=LIVE_MS)
    expect(panel).to_contain_text("What was live before still is.")
    _look_over(here)
    panel.get_by_role("button", name="Close").click()
    releases = page.get_by_role("region", name=f"Releases of {bakery}")
    expect(releases.get_by_text("failed")).to_be_visible()
    expect(releases.get_by_text("serving now")).to_be_visible()


def test_an_app_is_found_configured_and_looked_into_in_chinese_on_a_phone(
    visit: Visit, ann: Any, nacre: House, bakery: str
):
    here = visit(state=ann, language="zh", theme="dark", size=PHONE)
    here.page.add_init_script("localStorage.removeItem('nacre.language')")
    page = here.page
    here.go("/app")
    here.is_at("应用")
    _look_over(here)
    page.get_by_role("link", name=bakery, exact=True).first.click()
    page.reload()  # its address is the console's, not the app's
    expect(page.get_by_text("已上线").first).to_be_visible()
    page.get_by_role("link", name="环境变量").click()
    secrets = page.locator("section", has=page.get_by_role("heading", name="密钥")).last
    secrets.get_by_label("名称").fill("STRIPE_KEY")
    secrets.get_by_label("值", exact=True).fill("sk-never-shown")
    secrets.get_by_role("button", name="设置密钥").click()
    expect(_toast(here)).to_contain_text("STRIPE_KEY 已设置", timeout=LIVE_MS)
    assert [one["name"] for one in nacre.call("app.secret.list", app=bakery)] == ["STRIPE_KEY"]
    expect(page.get_by_text("sk-never-shown")).to_have_count(0)
    for tab, shown in (("故障图", "整条路径一切正常。"), ("数据库", "它没有数据库"), ("设置", "删除应用")):
        page.get_by_role("link", name=tab).click()
        expect(page.get_by_text(shown).first).to_be_visible(timeout=LIVE_MS)
        _look_over(here)


def test_what_an_agent_asks_for_waits_until_a_person_allows_it(here: Visitor, nacre: House, bakery: str):
    token = nacre.call("token.create", name="helper", role="admin")["token"]
    refused = _asked_by(token, nacre, "app.delete", app=bakery)
    assert refused.json()["error"]["code"] == "approval-needed"
    page = here.page
    here.go("/projects")
    page.get_by_role("link", name=re.compile("^Approvals")).click()
    expect(page.get_by_text(f"nacre app delete {bakery}")).to_be_visible()
    _look_over(here)
    page.get_by_role("button", name="Approve").click()
    expect(_toast(here)).to_contain_text("Approved")
    assert [one["state"] for one in nacre.call("approval.list")] == ["approved"]


def test_files_are_committed_shown_and_taken_back(here: Visitor, nacre: House):
    page, toast = here.page, _toast(here)
    here.go("/projects/shop/settings/git")
    expect(page.get_by_text(f"git clone https://localhost:{nacre.settings.port}/git/shop.git")).to_be_visible()
    for title in ("Cake", "Pie"):
        _write(nacre, "shop", title)
        page.reload()
        page.get_by_label("Message").fill(f"Sell {title}")
        page.get_by_role("button", name="Commit all").click()
        expect(page.get_by_text("Everything is committed.")).to_be_visible()
    page.get_by_role("button", name=re.compile("Sell Pie")).click()
    expect(page.get_by_role("region", name=re.compile("^Diff of"))).to_contain_text("<h1>Pie</h1>")
    _look_over(here)
    page.get_by_role("button", name=re.compile("^Revert")).first.click()
    expect(toast).to_contain_text("is taken back by a new commit")
    assert "Cake" in (nacre.files("shop") / "index.html").read_text()


def test_builds_machines_and_ports_are_below_the_system(here: Visitor, bakery: str):
    page = here.page
    here.go("/system/jobs")
    page.get_by_role("row").filter(has_text=bakery).get_by_role("link").first.click()
    expect(page.get_by_role("log", name="Log")).to_contain_text("== reading")
    for place, shown in (("nodes", "ready"), ("ports", "as configured")):
        here.go(f"/system/{place}")
        expect(page.get_by_text(shown).first).to_be_visible()
        _look_over(here)


def _asked_by(token: str, house: House, operation: str, **arguments: Any) -> httpx.Response:
    path, body = request_of(house.verbs[operation], arguments)
    return httpx.request(
        house.verbs[operation].method, f"https://localhost:{house.settings.port}{path}", content=body, verify=False,
        headers={"Authorization": f"Bearer {token}"}, timeout=60,
    )  # fmt: skip


def _write(house: House, project: str, title: str) -> None:
    (house.files(project) / "index.html").write_text(f"<!doctype html><title>Shop</title><h1>{title}</h1>\n")


def _publish(page: Page) -> None:
    page.locator("main header").first.get_by_role("button", name="Publish").click()


def _toast(here: Visitor) -> Locator:
    return here.page.get_by_role("region", name=re.compile("^(Done|完成)$"))


def _seen(here: Visitor, address: str) -> str:
    """What a visitor sees there."""
    visitors = here.context.new_page()
    visitors.goto(address)
    text = visitors.locator("body").inner_text()
    visitors.close()
    return text


def _look_over(here: Visitor) -> None:
    here.is_settled()
    assert not faults(here)
