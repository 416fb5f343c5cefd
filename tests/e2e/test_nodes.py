"""Another machine seen from the console: it joins, takes an app, is drained, lost, back, and parted with."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.daemon import House, house_on
from tests.e2e.conftest import Visit
from tests.e2e.visitor import PHONE, Visitor, faults
from tests.far_away import Far, far_away
from tests.integration.nodes.conftest import Node, write_app

pytestmark = [pytest.mark.root, pytest.mark.xdist_group("nodes")]

SOON_MS = 60_000


@pytest.fixture(scope="module")
def far() -> Iterator[Far]:
    with tempfile.TemporaryDirectory(prefix="nacre-") as folder, far_away(Path(folder)) as far:
        yield far


@pytest.fixture(scope="module")
def nacre(far: Far) -> Iterator[House]:
    """Reached from other machines, with an app that is live."""
    with house_on("copy", NACRE_CONSOLE="true", NACRE_MODE="full", NACRE_HOST="0.0.0.0") as house:
        house.call("project.create", name="shop")
        write_app(house.files("shop"), 1)
        house.call("app.publish", ref="shop")
        yield house


@pytest.fixture(scope="module")
def origin(nacre: House) -> str:
    return f"https://localhost:{nacre.settings.port}"


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="nacre-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_a_machine_joins_takes_an_app_is_drained_lost_and_removed(
    visit: Visit, ann: Any, nacre: House, far: Far, folder: Path
) -> None:
    here = visit(state=ann)
    page = here.page
    here.go("/system/nodes")
    expect(page.get_by_role("heading", name="Only this machine so far")).to_be_visible()
    expect(_card(page, "local")).to_contain_text(re.compile(r"\d processors?.*\d %|\d+%"))
    assert faults(here) == []
    node = Node(nacre, far, folder, "shelf", _join(page))
    try:
        node.up()
        expect(page.get_by_role("dialog")).to_contain_text("shelf has joined", timeout=SOON_MS)
        page.get_by_role("button", name="Done").click()
        shelf = _card(page, "shelf")
        expect(shelf).to_contain_text("ready")
        expect(shelf).to_contain_text(node.address)
        expect(shelf).to_contain_text(re.compile(r"Memory.*\d GB of \d"), timeout=SOON_MS)
        _an_app_moves_there_and_back(page)
        _draining_takes_it_away_and_undo_brings_it_back(page)
        _look_over(visit, ann, here)
        node.kill()
        expect(shelf).to_contain_text("does not answer", timeout=SOON_MS)
        node.up()
        expect(shelf).to_contain_text("ready", timeout=SOON_MS)
        _is_parted_with(page)
    finally:
        node.down()
    assert [one["name"] for one in nacre.call("node.list")] == ["local"]


def _join(page: Page) -> str:
    """The token in the command that the console shows."""
    page.get_by_role("button", name="Add a node").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Shelf 1")
    expect(dialog.get_by_role("button", name="Make the command")).to_be_disabled()
    dialog.get_by_label("Name").fill("shelf")
    dialog.get_by_text("The same on the command line").click()
    expect(dialog.get_by_text("nacre node add shelf --role runtime")).to_be_visible()
    dialog.get_by_role("button", name="Make the command").click()
    expect(dialog).to_contain_text("Waiting for shelf to join")
    expect(dialog).to_contain_text("The token is to be used by")
    found = re.search(r"NACRE_NODE_TOKEN=(\S+) nacre node join https", dialog.inner_text())
    assert found is not None
    return found[1]


def _an_app_moves_there_and_back(page: Page) -> None:
    _card(page, "local").get_by_role("button", name="Move shop").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The same on the command line").click()
    expect(dialog.get_by_text("nacre app move shop --to shelf")).to_be_visible()
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(_toast(page)).to_contain_text("shop runs on shelf", timeout=SOON_MS)
    expect(_apps(page, "shelf")).to_contain_text("shoplive", timeout=SOON_MS)
    _toast(page).get_by_role("button", name="Undo").last.click()
    expect(_apps(page, "local")).to_contain_text("shop", timeout=SOON_MS)
    _choose(page, "shelf", "Move an app here…")
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(_apps(page, "shelf")).to_contain_text("shoplive", timeout=SOON_MS)


def _draining_takes_it_away_and_undo_brings_it_back(page: Page) -> None:
    _choose(page, "shelf", "Drain…")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("without a failed request: shop.")
    dialog.get_by_role("button", name="Drain", exact=True).click()
    expect(_card(page, "shelf")).to_contain_text("drain")
    _toast(page).get_by_role("button", name="Undo").last.click()
    expect(_toast(page)).to_contain_text("shelf takes work again", timeout=SOON_MS)
    expect(_apps(page, "shelf")).to_contain_text("shoplive", timeout=SOON_MS)
    expect(_card(page, "shelf")).to_contain_text("ready")


def _is_parted_with(page: Page) -> None:
    _choose(page, "shelf", "Drain…")
    page.get_by_role("dialog").get_by_role("button", name="Drain", exact=True).click()
    expect(_card(page, "shelf")).to_contain_text("drained", timeout=SOON_MS)
    expect(_apps(page, "local")).to_contain_text("shop")
    _choose(page, "shelf", "Remove…")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Remove", exact=True)).to_be_disabled()
    dialog.get_by_role("textbox").fill("shelf")
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(_toast(page)).to_contain_text("shelf is removed")
    expect(page.get_by_role("heading", name="Only this machine so far")).to_be_visible()


def _look_over(visit: Visit, ann: Any, here: Visitor) -> None:
    """Its ways lead to its charts and logs; it is whole in the other language, theme and size."""
    shelf = _card(here.page, "shelf")
    expect(shelf.get_by_role("link", name="Logs of shelf")).to_have_attribute("href", re.compile("source="))
    expect(shelf.get_by_role("link", name="Charts of shelf")).to_have_attribute("href", re.compile("kind=node.*shelf"))
    assert faults(here) == []
    reader = visit(state=ann, language="zh", theme="dark", size=PHONE)
    reader.page.add_init_script("localStorage.removeItem('nacre.language')")
    reader.go("/system/nodes")
    expect(_card(reader.page, "shelf")).to_contain_text("就绪")
    assert reader.page.evaluate("document.querySelector('main').scrollWidth") <= PHONE["width"]
    assert faults(reader) == []


def _card(page: Page, node: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", level=2, name=re.compile(f"^{node}")))


def _apps(page: Page, node: str) -> Locator:
    return page.get_by_role("region", name=f"Apps on {node}")


def _choose(page: Page, node: str, what: str) -> None:
    page.get_by_role("button", name=f"Actions: {node}").click()
    page.get_by_role("menuitem", name=what).click()


def _toast(page: Page) -> Locator:
    return page.get_by_role("region", name="Done")
