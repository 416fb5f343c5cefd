"""Slow queries and logs in the console: the dearest statement with its plan and index; lines found, read, followed."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect
from tests.daemon import House, house_on
from tests.e2e.conftest import Visit
from tests.e2e.visitor import PHONE, Visitor, faults


@pytest.fixture(scope="module")
def nacre() -> Iterator[House]:
    """A house whose project has read a table from end to end, and asked for one that is not there."""
    with house_on("copy", NACRE_CONSOLE="true") as house:
        house.call("project.create", name="shop")
        with house.connect("shop") as connection:
            connection.execute(
                "CREATE TABLE place AS SELECT i AS id, i % 5000 AS city FROM generate_series(1, 60000) i"
            )
            connection.execute("ANALYZE place")
            for city in range(8):
                connection.execute("SELECT count(*) FROM place WHERE city = %s", (city,))
            with pytest.raises(psycopg.errors.UndefinedTable):
                connection.execute("SELECT 1 FROM nowhere_to_be_found")
        yield house


@pytest.fixture
def here(visit: Visit, ann: Any) -> Visitor:
    return visit(state=ann)


def test_the_dearest_statement_has_a_plan_and_an_index_to_copy(here: Visitor):
    page = here.page
    here.go("/monitoring/statements?ref=shop")
    table = page.get_by_role("table", name="Slow queries")
    row = table.get_by_role("row").filter(has_text="FROM place WHERE city = $1")
    expect(row).to_contain_text("8")
    assert faults(here) == []
    page.get_by_label("Sort by").select_option("calls")
    expect(page).to_have_url(f"{here.origin}/monitoring/statements?ref=shop&by=calls")
    row.get_by_role("link").click()
    expect(page.get_by_role("region", name="Plan")).to_contain_text("Seq Scan")
    expect(page.get_by_role("row").filter(has_text="Seq Scan")).to_contain_text("dear")
    expect(page.get_by_text('CREATE INDEX ON "public"."place" ("city")')).to_be_visible()
    assert faults(here) == []
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.get_by_text("Filter: (place.city = $1)")).to_be_visible()
    page.get_by_role("link", name="All statements").click()
    page.get_by_role("button", name="Count anew").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("shop")
    page.get_by_role("dialog").get_by_role("button", name="Count anew").click()
    expect(row).to_have_count(0)


def test_a_line_is_found_read_in_its_surroundings_and_followed(here: Visitor, nacre: House):
    page = here.page
    lines = page.get_by_role("region", name="Lines")
    here.go("/monitoring/logs?level=error")
    expect(lines).to_contain_text("nowhere_to_be_found")
    page.get_by_label("Query").fill('"does not exist" nowhere_to_be_found')
    page.keyboard.press("Enter")
    line = lines.get_by_role("listitem").filter(has_text="does not exist")
    expect(line).to_have_count(1)
    line.get_by_role("button").first.click()
    line.get_by_role("button", name="Show what is around it").click()
    expect(line.get_by_role("list", name="Around it").get_by_role("listitem")).not_to_have_count(1)
    expect(line.get_by_role("list", name="Around it")).to_contain_text("STATEMENT")
    assert faults(here) == []
    address = page.url
    here.go("/monitoring/logs")
    page.goto(address)  # what was open is open again
    expect(line.get_by_role("button", name="Show what is around it")).to_be_visible()

    bars = page.get_by_role("group", name="Lines over time")
    bars.focus()
    page.keyboard.press("ArrowLeft")
    for _ in range(20):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("until="))
    page.get_by_role("button", name="Last hour again").click()
    box = bars.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.up()
    expect(page).to_have_url(re.compile("until="))
    expect(line).to_have_count(1)

    here.go("/monitoring/logs?q=nowhere_at_all")
    expect(page.get_by_role("heading", name="No lines here")).to_be_visible()
    page.get_by_role("button", name="Live").click()
    with nacre.connect("shop") as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT 1 FROM nowhere_at_all")
    expect(lines).to_contain_text("nowhere_at_all")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.get_by_role("button", name="Live").click()
    page.get_by_role("button", name="Search", exact=True).click()  # what was found before is not all there is now
    expect(lines).to_contain_text("nowhere_at_all")
    assert faults(here) == []


@pytest.mark.parametrize("place", ["statements?ref=shop", "logs"])
def test_they_are_as_good_in_chinese_in_the_dark_and_on_a_phone(visit: Visit, ann: Any, place: str):
    here = visit(state=ann, language="zh", theme="dark", size=PHONE)
    here.page.add_init_script("localStorage.removeItem('nacre.language')")
    here.go(f"/monitoring/{place}")
    here.is_at("监控")
    assert faults(here) == []
    assert here.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
