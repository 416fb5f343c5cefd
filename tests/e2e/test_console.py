"""The console everywhere: both languages and themes, a phone, the keyboard, a daemon that goes away and comes back."""

import pytest
from playwright.sync_api import expect
from tests.daemon import House
from tests.e2e.conftest import Visit
from tests.e2e.visitor import AXE, PHONE, Visitor, faults

PAGES = (
    "/projects", "/people", "/people/bob", "/account", "/account/tokens", "/system",
    "/system/add-ons", "/system/audit", "/system/logs",
    "/system/settings",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def furnished(nacre: House, ann) -> None:
    """Something to see on every page."""
    nacre.call("project.create", name="shop")
    nacre.call("person.invite", name="bob", display_name="Bob Builder")
    nacre.call("member.set", ref="shop", name="bob", role="viewer")
    nacre.call("token.create", name="ci", project=["shop"])


@pytest.fixture
def here(visit: Visit, ann) -> Visitor:
    return visit(state=ann)


def test_a_project_is_made_under_ones_eyes_and_deleted_by_its_name(here: Visitor, nacre: House):
    page = here.page
    here.go("/projects")
    here.is_at("Projects")
    page.keyboard.press("c")
    page.get_by_label("Name", exact=True).fill("Two Words")
    expect(page.get_by_text("at most 39")).to_be_visible()
    expect(page.get_by_role("button", name="Create")).to_be_disabled()
    page.get_by_label("Name", exact=True).fill("blog")
    page.get_by_text("The same on the command line").click()
    expect(page.get_by_text("nacre project create blog")).to_be_visible()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("blog is ready")).to_be_visible(timeout=60_000)

    here.go("/projects")
    page.get_by_role("row", name="blog").get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Delete project…").click()
    page.get_by_label("Type blog to confirm").fill("blo")
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    page.get_by_label("Type blog to confirm").fill("blog")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("blog is deleted")).to_be_visible(timeout=60_000)
    assert [project["ref"] for project in nacre.call("project.list")] == ["shop"]


def test_the_palette_reaches_every_operation_and_runs_one(here: Visitor, nacre: House):
    page = here.page
    here.go("/projects")
    here.is_at("Projects")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("checkpoint")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("This is needed.")).to_be_visible()
    page.get_by_label("ref").fill("shop")
    page.get_by_label("message").fill("from the palette")
    page.get_by_text("The same on the command line").click()
    expect(page.get_by_text("nacre checkpoint shop --message 'from the palette'")).to_be_visible()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("region", name="Result")).to_contain_text("from the palette")
    assert nacre.call("log", ref="shop")[-1]["label"] == "from the palette"


def test_a_refusal_is_a_sentence_with_the_number_of_the_request(here: Visitor):
    page = here.page
    here.go("/projects")
    here.is_at("Projects")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("nacre rewind")
    page.keyboard.press("Enter")
    page.get_by_label("ref").fill("nowhere")
    page.get_by_label("moment", exact=True).fill("10m")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("nowhere")
    expect(page.get_by_role("alert")).to_contain_text("Request")


def test_the_keyboard_leads_everywhere(here: Visitor):
    page = here.page
    here.go("/projects")
    here.is_at("Projects")
    for keys, title in (("gs", "System"), ("go", "People"), ("ga", "Your account"), ("gp", "Projects")):
        for key in keys:
            page.keyboard.press(key)
        here.is_at(title)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_the_interface_speaks_chinese_to_who_reads_it(visit: Visit, ann):
    reader = visit(state=ann, language="zh")
    reader.page.add_init_script("localStorage.removeItem('nacre.language')")
    for path, title in (("/projects", "项目"), ("/people", "人员"), ("/system", "系统"), ("/account", "我的账号")):
        reader.go(path)
        reader.is_at(title)
        assert reader.page.locator("html").get_attribute("lang") == "zh-CN"
    reader.go("/people")
    expect(reader.page.get_by_role("row", name="Bob Builder")).to_contain_text("已邀请")


def test_language_and_theme_are_switched_in_place_and_remembered(here: Visitor):
    page = here.page
    here.go("/projects")
    here.is_at("Projects")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("menuitemradio", name="简体中文").click()
    here.is_at("项目")
    page.get_by_role("button", name="主题").click()
    page.get_by_role("menuitemradio", name="深色").click()
    page.reload()
    here.is_at("项目")
    assert page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("path", PAGES)
def test_every_page_fits_a_phone(visit: Visit, ann, path: str):
    walker = visit(state=ann, size=PHONE)
    walker.go(path)
    expect(walker.page.get_by_role("heading", level=1)).to_be_visible()
    walker.is_settled()
    assert walker.page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    assert walker.page.evaluate("document.querySelector('main').scrollWidth") <= PHONE["width"]


def test_on_a_phone_the_rail_comes_and_goes(visit: Visit, ann):
    walker = visit(state=ann, size=PHONE)
    walker.go("/projects")
    walker.page.get_by_role("button", name="Menu").click()
    walker.page.get_by_role("navigation", name="Main").get_by_role("link", name="People").click()
    walker.is_at("People")
    expect(walker.page.get_by_role("navigation", name="Main")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit: Visit, ann, theme: str):
    if not AXE.exists():
        pytest.skip("needs the console's packages: npm ci in console/")
    stranger, here = visit(theme=theme), visit(state=ann, theme=theme)
    found: list[str] = []
    for who, path in [(stranger, "/sign-in"), *((here, path) for path in PAGES)]:
        who.go(path)
        expect(who.page.get_by_role("heading", level=1)).to_be_visible()
        who.is_settled()
        found += [f"{path}: {one}" for one in faults(who)]
    here.page.keyboard.press("Control+k")
    expect(here.page.get_by_role("dialog")).to_be_visible()
    found += [f"palette: {one}" for one in faults(here)]
    assert not found


def test_a_daemon_that_goes_away_is_told_and_what_was_missed_is_caught_up(here: Visitor, nacre: House):
    here.go("/people")
    here.is_at("People")
    nacre.down()
    expect(here.page.get_by_text("The connection to Nacre is lost")).to_be_visible()
    nacre.up()
    nacre.call("person.invite", name="late", display_name="Late Comer")
    expect(here.page.get_by_role("row", name="Late Comer")).to_be_visible()
    expect(here.page.get_by_text("The connection to Nacre is lost")).to_have_count(0)
