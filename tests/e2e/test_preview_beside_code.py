"""The preview beside the code, through the gateway: what is saved shows at once, without loading the page again."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.daemon import House, house_on
from tests.e2e.conftest import Visit
from tests.e2e.visitor import Visitor

CONSOLE = Path(__file__).parents[2] / "console"


@pytest.fixture(scope="module")
def nacre() -> Iterator[House]:
    """A house behind its gateway, with a project of Vite's whose packages are installed."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm")
    with house_on("copy", NACRE_CONSOLE="true", NACRE_MODE="full") as house:
        house.call("project.create", name="shop")
        make_vite_project(house.files("shop"))
        yield house


@pytest.fixture(scope="module")
def origin(nacre: House) -> str:
    return f"https://localhost:{nacre.settings.port}"


@pytest.fixture
def here(visit: Visit, ann: Any) -> Visitor:
    return visit(state=ann)


def make_vite_project(folder: Path) -> None:
    vite = json.loads((CONSOLE / "package.json").read_text())["dependencies"]["vite"]
    package = {"type": "module", "scripts": {"dev": "vite"}, "devDependencies": {"vite": vite}}
    (folder / "package.json").write_text(json.dumps(package))
    (folder / "index.html").write_text(
        '<h1 id="title"></h1><input id="kept"><script type="module" src="/main.js"></script>'
    )
    (folder / "title.js").write_text('export const title = "Bread";\n')
    (folder / "main.js").write_text(
        'import { title } from "./title.js";\n'
        'const show = (text) => { document.querySelector("#title").textContent = text; };\n'
        "show(title);\n"
        'if (import.meta.hot) import.meta.hot.accept("./title.js", (next) => show(next.title));\n'
    )
    npm = ["npm", "install", "--prefer-offline", "--no-audit", "--no-fund"]
    subprocess.run(npm, cwd=folder, check=True, capture_output=True, timeout=300)


def test_what_is_saved_shows_at_once_and_a_crash_tells_why(here: Visitor):
    page = here.page
    here.go("/projects/shop/studio?file=title.js")
    page.get_by_role("button", name="Start preview").first.click()
    preview = page.frame_locator("iframe[title=Preview]")
    expect(preview.get_by_role("heading", name="Bread")).to_be_visible(timeout=90_000)
    expect(page.get_by_role("log")).to_contain_text("VITE")

    # What was typed into the page stays: it was not loaded again.
    preview.locator("#kept").fill("still here")
    _save(page, 'export const title = "Cake";\n')
    expect(preview.get_by_role("heading", name="Cake")).to_be_visible()
    expect(preview.locator("#kept")).to_have_value("still here")

    page.get_by_role("searchbox", name="Filter").fill("hmr update")
    expect(page.get_by_role("log")).to_contain_text("hmr update /main.js")
    page.get_by_role("button", name="Stop (nacre preview stop shop)").click()
    expect(page.get_by_text("stopped")).to_be_visible()

    here.go("/projects/shop/studio?file=package.json")
    _save(page, json.dumps({"scripts": {"dev": "node -e 'throw new Error(\"no flour left\")'"}}))
    page.get_by_role("button", name="Start preview").first.click()
    expect(page.get_by_role("alert")).to_contain_text("no flour left", timeout=90_000)


def _save(page: Page, text: str) -> None:
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+s")
    expect(page.get_by_role("button", name="Save (Ctrl S)")).to_be_disabled()
