"""Publishing from the console: one press, live, changed, published again, rolled back; in both languages, for axe too."""

import re
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.daemon import House, house_on
from tests.e2e.conftest import Visit
from tests.e2e.visitor import PHONE, Visitor
from tests.e2e.waiting import until

AXE = Path(__file__).parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"
LIVE_MS = 60_000


@pytest.fixture(scope="module")
def nacre() -> Iterator[House]:
    """A house behind its gateway, with a project that is one page."""
    with house_on("copy", NACRE_CONSOLE="true", NACRE_MODE="full") as house:
        house.call("project.create", name="shop")
        _write(house, "Bread")
        yield house


@pytest.fixture(scope="module")
def origin(nacre: House) -> str:
    return f"https://localhost:{nacre.settings.port}"


@pytest.mark.order(1)
def test_one_press_makes_a_branch_live_and_one_brings_back_what_was(visit: Visit, ann: Any, nacre: House):
    here = visit(state=ann)
    page = here.page
    here.go("/projects/shop/publish")
    expect(page.get_by_role("heading", name="Nothing of this project is live yet")).to_be_visible()
    expect(page.get_by_text("nacre publish shop")).to_be_visible()
    _is_accessible(here)
    page.get_by_role("button", name="Publish this branch").click()
    panel = page.get_by_role("region", name="Publishing shop")
    expect(panel.get_by_role("list", name="Phases")).to_contain_text("Building the image")
    page.get_by_role("link", name="Time", exact=True).click()  # it goes on whatever one looks at
    toast = page.get_by_role("region", name="Done")
    expect(toast).to_contain_text("shop is live as release 1", timeout=LIVE_MS)
    expect(toast).to_contain_text("took")
    address = toast.get_by_role("link").get_attribute("href") or ""
    assert "Bread" in _fetched(address)

    _write(nacre, "Cake")
    page.get_by_role("banner").get_by_role("button", name="Publish").click()
    expect(toast).to_contain_text("shop is live as release 2", timeout=LIVE_MS)
    assert "Cake" in _fetched(address)
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_contain_text("shop is as in release 1 again", timeout=LIVE_MS)
    until(page, lambda: "Bread" in _fetched(address))

    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_role("link", name="#2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("shop, release 2")
    expect(page.get_by_text("1 file differs")).to_be_visible()
    expect(page.get_by_text("It does not undo data")).to_be_visible()
    _is_accessible(here)
    page.get_by_role("button", name="Roll back to 2").click()
    expect(toast).to_contain_text("shop is as in release 2 again", timeout=LIVE_MS)
    until(page, lambda: "Cake" in _fetched(address))


def _write(house: House, title: str) -> None:
    (house.files("shop") / "index.html").write_text(f"<!doctype html><title>Shop</title><h1>{title}</h1>\n")
