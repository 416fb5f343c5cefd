"""Knowledge in the console: a collection filled, searched, read, looked into; both languages, both themes, a phone."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, expect
from tests.daemon import House, house_on
from tests.e2e.conftest import Visit
from tests.e2e.visitor import PHONE, Visitor, faults
from tests.e2e.waiting import until
from tests.provider import FakeProvider

from nacre.core.errors import NacreError

LEAVE = b"""# Leave

Every employee has twenty-five days of holiday a year.

## Carry over

Unused days carry over until the end of March.
"""
SHIPS = b"# Harbour\n\nAn anchor holds a ship in place.\n"


@pytest.fixture(scope="module")
def nacre() -> Iterator[House]:
    """A house with a collection that is filled, beside the one that is made here."""
    with house_on("copy", NACRE_CONSOLE="true") as house:
        house.call("knowledge.collection.create", name="guide", everyone=True)
        house.call(
            "knowledge.add", collection="guide", documents=[{"name": "假期.md", "text": "员工每年享有二十五天年假。"}]
        )
        yield house


def test_documents_are_put_in_found_read_and_looked_into(visit: Visit, ann: Any, nacre: House) -> None:
    with suppress(NacreError):  # it is run again where it failed
        nacre.call("knowledge.collection.delete", collection="handbook")
    here = visit(state=ann)
    page, toast = here.page, _toast(here)
    here.go("/knowledge")
    page.get_by_role("table", name="Collections").get_by_role("link", name="guide").wait_for()
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("handbook")
    _look_over(here)
    page.keyboard.press("Enter")
    expect(toast).to_contain_text("handbook is made")

    page.get_by_label("Choose files").set_input_files(
        [
            _file("leave.md", "text/markdown", LEAVE),
            _file("harbour.md", "text/markdown", SHIPS),
            _file("torn.pdf", "application/pdf", b"%PDF-1.4 torn"),
        ]
    )
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads).to_contain_text("2 of 3 done")
    expect(uploads.get_by_role("alert")).to_contain_text("save it anew")
    expect(uploads.get_by_role("listitem").filter(has_text="leave.md")).to_contain_text("2 passages")
    _look_over(here)

    page.get_by_role("navigation", name="handbook").get_by_role("link", name="Search").click()
    asked = page.get_by_label("Question or words")
    expect(page.get_by_role("heading", name="Ask as you would ask a person")).to_be_visible()
    page.keyboard.press("/")
    expect(asked).to_be_focused()
    page.keyboard.type("how much vacation?")
    expect(asked).to_have_value("how much vacation?")
    page.keyboard.press("Enter")
    hits = page.get_by_role("list", name="Search").get_by_role("listitem")
    expect(hits.first).to_contain_text("twenty-five days")
    _look_over(here)
    asked.fill("unused days")
    page.get_by_text("Words", exact=True).click()
    expect(hits.first.locator("mark")).to_have_text(["Unused", "days"])
    hits.first.get_by_role("link", name="leave.md, passage 2").click()
    current = page.locator("[aria-current=true]").filter(has_text="until the end of March")
    expect(current).to_be_in_viewport()
    expect(page.get_by_text("Passage 2 of 2")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_text("Passage 1 of 2")).to_be_visible()
    _look_over(here)

    page.get_by_role("button", name="Back to the search").click()
    page.get_by_role("link", name="Why these? Test the retrieval").click()
    query = page.get_by_label("Question or words")
    query.fill("holiday for zebras")
    page.get_by_text("Both", exact=True).click()
    expect(page.get_by_text("zebras found in no passage")).to_be_visible()
    first = page.get_by_role("region", name="By words").get_by_role("button")
    expect(first).to_contain_text("leave.md")
    page.get_by_role("textbox", name="Document").or_(page.get_by_role("combobox", name="Document")).fill("harbour.md")
    page.get_by_role("button", name="Look it up").click()
    expected = page.get_by_role("list", name="Where is the passage that I expected?").get_by_role("listitem")
    expect(expected).to_contain_text("It is found, at place")
    expect(expected).to_contain_text("It lacksholiday, zebras")
    _look_over(here)

    page.get_by_role("link", name="Documents", exact=True).click()
    page.get_by_role("button", name="Actions: harbour.md").click()
    page.get_by_role("menuitem", name="Delete").click()
    listed = page.get_by_role("table", name="Documents")
    expect(listed.get_by_text("harbour.md")).to_have_count(0)
    toast.get_by_role("button", name="Undo").click()
    expect(listed.get_by_text("harbour.md")).to_be_visible()
    page.get_by_role("button", name="Actions: harbour.md").click()
    page.get_by_role("menuitem", name="Delete").click()
    toast.get_by_role("button", name="Dismiss").last.click()
    until(
        page,
        lambda: [one["name"] for one in nacre.call("knowledge.document.list", collection="handbook")] == ["leave.md"],
    )


def test_an_answer_cites_and_what_is_not_held_is_said_in_chinese_on_a_phone(
    visit: Visit, ann: Any, nacre: House
) -> None:
    here = visit(state=ann, language="zh", theme="dark", size=PHONE)
    page = here.page
    page.add_init_script("localStorage.removeItem('nacre.language')")
    here.go("/knowledge/collections/guide?q=年假有几天")
    hits = page.get_by_role("list", name="搜索").get_by_role("listitem")
    expect(hits.first.locator("mark").first).to_have_text("年假")
    page.get_by_role("button", name="回答", exact=True).click()
    expect(page.get_by_role("heading", name="还没有能回答的模型")).to_be_visible()
    with FakeProvider() as provider:
        nacre.call("llm.model.add", name="fake", provider="openai", model="fake", key="k", base_url=provider.base_url)
        provider.answer("年假有几天", "二十五天 [1]。")
        provider.answer("月亮", "The passages do not hold the answer.")
        here.go("/knowledge/collections/guide?q=年假有几天")
        page.get_by_role("button", name="回答", exact=True).click()
        answer = page.get_by_role("region", name="回答", exact=True)
        expect(answer.get_by_role("link", name="引用 1：假期.md，片段 1")).to_be_visible()
        _look_over(here)
        page.get_by_label("问题或关键词").fill("月亮有多远")
        page.get_by_role("button", name="回答", exact=True).click()
        expect(answer).to_contain_text("这些片段中没有答案")
        _look_over(here)
    for place in ("test?q=年假", "documents", "queue", "sources", "settings"):
        here.go(f"/knowledge/collections/guide/{place}")
        here.is_at("guide")
        _look_over(here)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def _file(name: str, kind: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def _toast(here: Visitor) -> Locator:
    return here.page.get_by_role("region", name=re.compile("^(Done|完成)$"))


def _look_over(here: Visitor) -> None:
    here.is_settled()
    assert not faults(here)
