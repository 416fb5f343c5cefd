"""The studio: files, the editor, uploads and terminals, as a person works with them."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.daemon import House
from tests.e2e.conftest import Visit
from tests.e2e.visitor import PHONE, Visitor
from tests.e2e.waiting import until

SIZE_BYTES = 200 << 20


@pytest.fixture(scope="module", autouse=True)
def shop(nacre: House, ann: Any) -> Path:
    """A project with a few files; where they lie."""
    nacre.call("project.create", name="shop")
    files = nacre.files("shop")
    (files / "src").mkdir()
    (files / "src" / "main.py").write_text('print("hello")\n')
    (files / "windows.txt").write_bytes(b"one\r\ntwo\r\n")
    (files / "logo.bin").write_bytes(bytes(range(256)))
    (files / "notes.md").write_text("# Notes\n")
    return files


@pytest.fixture
def here(visit: Visit, ann: Any) -> Visitor:
    return visit(state=ann)


def test_a_file_is_made_written_and_had_back_as_it_was(here: Visitor, shop: Path):
    page = _studio(here)
    page.get_by_role("button", name="New file").click()
    page.get_by_role("textbox", name="New file").fill("app.py")
    page.keyboard.press("Enter")
    _type(page, "app.py", "first = 1\n")
    _save(page)
    until(page, lambda: (shop / "app.py").read_text() == "first = 1\n")
    _type(page, "app.py", "second = 2\n")
    _save(page)
    until(page, lambda: "second" in (shop / "app.py").read_text())

    page.get_by_role("button", name="Past versions").click()
    versions = page.get_by_role("dialog").get_by_role("listitem").get_by_role("button")
    expect(versions.first).to_contain_text("latest")
    versions.nth(1).click()
    expect(page.get_by_role("region", name=re.compile("app.py: now against"))).to_contain_text("second")
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_text("app.py is as it was")).to_be_visible()
    assert (shop / "app.py").read_text() == "first = 1\n"
    expect(_editor(page, "app.py")).not_to_contain_text("second")


def test_nobody_is_overwritten_unasked(here: Visitor, shop: Path):
    page = _studio(here, "notes.md")
    _type(page, "notes.md", "mine ")
    (shop / "notes.md").write_text("theirs\n")
    expect(page.get_by_text("changed by somebody else")).to_be_visible()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("dialog")).to_contain_text("theirs")
    page.keyboard.press("Escape")
    assert (shop / "notes.md").read_text() == "theirs\n"
    page.get_by_role("button", name="Save mine").click()
    until(page, lambda: (shop / "notes.md").read_text().startswith("mine "))

    (shop / "notes.md").write_text("from a terminal\n")
    expect(_editor(page, "notes.md")).to_contain_text("from a terminal")


def test_line_ends_stay_as_they_were(here: Visitor, shop: Path):
    page = _studio(here, "windows.txt")
    _type(page, "windows.txt", "zero\n")
    _save(page)
    until(page, lambda: (shop / "windows.txt").read_bytes() == b"zero\r\none\r\ntwo\r\n")


def test_what_is_no_text_is_offered_for_download(here: Visitor, shop: Path):
    page = _studio(here, "logo.bin")
    expect(page.get_by_text("logo.bin is not text")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_bytes() == (shop / "logo.bin").read_bytes()


def test_files_are_renamed_and_deleted_by_keys_with_a_way_back(here: Visitor, shop: Path):
    page = _studio(here, "src/main.py")
    tree = page.get_by_role("tree")
    tree.get_by_role("treeitem", name="main.py").click()
    tree.focus()
    page.keyboard.press("F2")
    page.get_by_role("textbox", name="Rename").fill("start.py")
    page.keyboard.press("Enter")
    until(page, lambda: (shop / "src" / "start.py").exists())
    expect(
        page.get_by_role("navigation", name="Open files").get_by_role("button", name="start.py", exact=True)
    ).to_be_visible()

    tree.get_by_role("treeitem", name="src").click()
    expect(tree.get_by_role("treeitem", name="start.py")).to_have_count(0)
    tree.focus()
    page.keyboard.press("Delete")
    until(page, lambda: not (shop / "src").exists())
    page.get_by_text("Deleted src").locator("xpath=ancestor::div[2]").get_by_role("button", name="Undo").click()
    until(page, lambda: (shop / "src" / "start.py").exists())


def test_a_line_is_found_and_gone_to(here: Visitor, shop: Path):
    (shop / "long.txt").write_text("".join(f"line {number}\n" for number in range(500)) + "a needle in it\n")
    page = _studio(here)
    page.get_by_role("button", name="Search names and contents").click()
    page.get_by_role("searchbox", name="Search names and contents").fill("needle")
    page.get_by_role("button", name=re.compile("long.txt")).click()
    expect(_editor(page, "long.txt").get_by_text("a needle in it")).to_be_in_viewport()


def test_two_hundred_megabytes_arrive(here: Visitor, shop: Path, tmp_path: Path):
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.write(os.urandom(1 << 20))
        file.truncate(SIZE_BYTES)
    page = _studio(here)
    page.locator("input[type=file]").set_input_files(large)
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads.get_by_role("progressbar")).to_be_visible()
    expect(uploads.get_by_role("status")).to_have_text("done", timeout=120_000)
    assert (shop / "large.bin").stat().st_size == SIZE_BYTES
    assert (shop / "large.bin").read_bytes()[: 1 << 20] == large.read_bytes()[: 1 << 20]

    page.locator("input[type=file]").set_input_files({"name": "notes.md", "mimeType": "text/plain", "buffer": b"new"})
    page.get_by_role("button", name="Keep both").click()
    expect(page.get_by_role("treeitem", name=re.compile(r"notes.*2.*\.md"))).to_be_visible()


def test_a_full_screen_program_runs_in_a_terminal_that_outlives_the_daemon(here: Visitor, nacre: House, shop: Path):
    page = _studio(here)
    screen = _terminal(page)
    page.keyboard.type("vim.tiny -u NONE written.txt\n")
    expect(screen).to_contain_text("[New")
    page.keyboard.type("ihello from vim")
    page.keyboard.press("Escape")
    page.keyboard.type(":w\n")
    until(page, lambda: (shop / "written.txt").exists() and (shop / "written.txt").read_text() == "hello from vim\n")

    nacre.restart()
    expect(page.get_by_text("Connection lost. What you type")).to_have_count(0, timeout=60_000)
    page.locator(".xterm-helper-textarea").first.focus()
    here.problems.clear()  # a socket that was cut is no fault of the page's
    page.keyboard.type(":s/hello/still here/|wq\n")
    until(page, lambda: (shop / "written.txt").read_text() == "still here from vim\n")
    page.keyboard.type("echo $((6*7)) in $PWD; psql -Atc 'select current_database()'\n")
    expect(screen).to_contain_text("42 in /workspace")
    expect(screen).to_contain_text("shop")

    page.get_by_role("button", name="New terminal").click()
    second = page.get_by_role("region", name="Terminal shell-2")
    expect(second).to_contain_text("$")
    page.keyboard.type("exit 3\n")
    expect(page.get_by_text("The shell ended with 3.")).to_be_visible()


def test_everything_is_in_reach_on_a_phone(visit: Visit, ann: Any):
    here = visit(state=ann, size=PHONE)
    here.go("/projects/shop/studio")
    page = here.page
    panes = page.get_by_role("navigation", name="Panes")
    panes.get_by_role("button", name="Files").click()
    page.get_by_role("treeitem", name="notes.md").click()
    expect(_editor(page, "notes.md")).to_be_visible()
    panes.get_by_role("button", name="Terminal").click()
    expect(page.get_by_role("region", name="Terminal main")).to_be_visible()
    panes.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("button", name="Start preview").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_who_may_only_look_is_offered_nothing_else(visit: Visit, nacre: House, ann: Any):
    invited = nacre.call("person.invite", name="vera", display_name="Vera Viewer", role="user")
    nacre.call("member.set", ref="shop", name="vera", role="viewer")
    here = visit()
    here.follow_link(invited["link"]["url"])
    page = _studio(here, "notes.md")
    expect(_editor(page, "notes.md")).to_have_attribute("contenteditable", "false")
    for button in ("New file", "New folder", "Upload files", "New terminal"):
        expect(page.get_by_role("button", name=button)).to_have_count(0)
    expect(page.get_by_text("A terminal is for those who may change this project")).to_be_visible()


def _studio(here: Visitor, file: str | None = None) -> Page:
    here.go("/projects/shop/studio" + ("" if file is None else f"?file={file}"))
    expect(here.page.get_by_role("tree")).to_be_visible()
    if file is not None:
        expect(here.page.get_by_text(file.rpartition("/")[2]).first).to_be_visible()
    return here.page


def _editor(page: Page, path: str) -> Locator:
    return page.get_by_role("textbox", name=path).or_(page.locator(f'.cm-content[aria-label="{path}"]'))


def _type(page: Page, path: str, text: str) -> None:
    _editor(page, path).click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text(text)


def _save(page: Page) -> None:
    page.keyboard.press("Control+s")
    expect(page.get_by_role("button", name="Save (Ctrl S)")).to_be_disabled()


def _terminal(page: Page) -> Locator:
    screen = page.get_by_role("region", name="Terminal main")
    expect(screen).to_contain_text("$", timeout=60_000)
    page.locator(".xterm-helper-textarea").first.focus()
    return screen
