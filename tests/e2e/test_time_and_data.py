"""Time and data: scrubbing, rewinding and undoing; tables, SQL, CSV; now and as of a moment."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.daemon import House
from tests.e2e.conftest import Visit
from tests.e2e.visitor import PHONE, Visitor, faults

AXE = Path(__file__).parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module", autouse=True)
def shop(nacre: House, ann: Any) -> str:
    """A project with a past: a checkpoint, and what came after it. The checkpoint's time."""
    nacre.call("project.create", name="shop")
    with nacre.connect("shop") as database:
        database.execute(
            "CREATE TABLE orders (id bigserial PRIMARY KEY, item text NOT NULL, price numeric, paid boolean)"
        )
        database.execute("INSERT INTO orders (item, price) SELECT 'item ' || i, i FROM generate_series(1, 1000) i")
    (nacre.files("shop") / "prices.txt").write_text("bread 2\n")
    made = nacre.call("checkpoint", ref="shop", message="before the sale")
    with nacre.connect("shop") as database:
        database.execute("DELETE FROM orders WHERE id > 400")
    (nacre.files("shop") / "prices.txt").write_text("bread 1\n")
    return str(made["time"])


@pytest.fixture
def here(visit: Visit, ann: Any) -> Visitor:
    return visit(state=ann)


def test_the_past_is_scrubbed_told_of_gone_to_and_undone(here: Visitor, nacre: House):
    page = here.page
    here.go("/projects/shop/time")
    strip = page.get_by_role("slider", name=re.compile("Timeline"))
    expect(strip).to_have_attribute("aria-valuetext", "now")
    page.get_by_role("button", name=re.compile("Checkpoint.*before the sale")).click()
    expect(page.get_by_text("Nothing can be changed there.")).to_be_visible()
    told = page.get_by_role("region", name="What going back would change")
    expect(told).to_contain_text("public.orders", timeout=60_000)
    expect(told).to_contain_text("400 → 1,000 rows")
    told.get_by_role("button", name=re.compile("prices.txt")).click()
    expect(told).to_contain_text("bread 2")
    assert _count(nacre) == 400

    strip.focus()
    page.keyboard.press("End")
    expect(strip).to_have_attribute("aria-valuetext", "now")
    expect(page).not_to_have_url(re.compile("at="))
    page.keyboard.press("PageUp")
    expect(page).to_have_url(re.compile("at="))

    page.get_by_role("button", name="Rewind to here").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The same on the command line").click()
    expect(dialog).to_contain_text(re.compile(r"nacre rewind shop '#\d+'"))
    dialog.get_by_role("button", name="Rewind", exact=True).click()
    toast = page.get_by_text("shop is as it was at")
    expect(toast).to_be_visible(timeout=120_000)
    assert _count(nacre) == 1000
    assert (nacre.files("shop") / "prices.txt").read_text() == "bread 2\n"
    expect(page.get_by_text(re.compile("^took"))).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("The last rewind of shop is undone")).to_be_visible(timeout=120_000)
    assert _count(nacre) == 400
    assert (nacre.files("shop") / "prices.txt").read_text() == "bread 1\n"


def test_a_branch_grows_out_of_the_past_and_is_compared(here: Visitor, shop: str, nacre: House):
    page = here.page
    here.go(f"/projects/shop/time?at={shop.replace('+', '%2B')}")
    page.get_by_role("button", name="Branch from here").click()
    page.get_by_role("dialog").get_by_label("Name").fill("old-prices")
    page.get_by_role("button", name="Make branch").click()
    expect(page.get_by_text("Branch old-prices is ready")).to_be_visible(timeout=120_000)
    expect(page).to_have_url(re.compile("/projects/shop:old-prices/time"))
    assert _count(nacre, "shop:old-prices") == 1000

    page.get_by_role("button", name="Switch branch").click()
    page.get_by_role("menuitem", name="Compare…").click()
    expect(page.get_by_role("dialog")).to_contain_text("public.orders")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Switch branch").click()
    page.get_by_role("menuitem", name="Delete branch…").click()
    page.get_by_label("Type old-prices to confirm").fill("old-prices")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("The branch old-prices is deleted")).to_be_visible(timeout=60_000)
    expect(page).to_have_url(re.compile("/projects/shop/time"))


def test_rows_are_filtered_sorted_inserted_changed_and_deleted(here: Visitor, nacre: House):
    page = _table(here)
    grid = page.get_by_role("grid", name="orders")
    expect(page.get_by_text("200 of 400 rows loaded")).to_be_visible()
    page.get_by_label("Column").select_option("price")
    page.get_by_label("Comparison").select_option(">")
    page.get_by_label("Value", exact=True).fill("398")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 of 2 rows loaded")).to_be_visible()
    grid.get_by_role("button", name="price").click()
    grid.get_by_role("button", name="price").click()
    expect(grid.get_by_role("columnheader", name="price")).to_have_attribute("aria-sort", "descending")
    expect(grid.get_by_role("gridcell").nth(1)).to_have_text("item 400")

    grid.get_by_role("gridcell", name="item 400").dblclick()
    page.get_by_role("textbox", name="item").fill("the last one")
    page.keyboard.press("Enter")
    expect(grid.get_by_role("gridcell", name="the last one")).to_be_visible()
    assert _sql(nacre, "SELECT item FROM orders WHERE id = 400") == "the last one"

    grid.get_by_role("gridcell", name="the last one").dblclick()
    with nacre.connect("shop") as database:
        database.execute("UPDATE orders SET paid = true WHERE id = 400")
    page.get_by_role("textbox", name="item").fill("too late")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Done")).to_contain_text("changed")
    assert _sql(nacre, "SELECT item FROM orders WHERE id = 400") == "the last one"
    page.keyboard.press("Escape")

    page.get_by_role("button", name="New row").click()
    page.get_by_role("dialog").get_by_label("item").fill("a new one")
    page.get_by_role("dialog").get_by_label("price").fill("1e3")
    page.get_by_role("button", name="Insert").click()
    expect(grid.get_by_role("gridcell", name="a new one")).to_be_visible()

    page.get_by_label("Select row 1").check()
    page.get_by_role("button", name="Delete row").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete row").click()
    expect(page.get_by_text("A row of orders is deleted")).to_be_visible()
    assert _sql(nacre, "SELECT count(*) FROM orders WHERE item = 'a new one'") == "0"


def test_csv_goes_out_and_comes_in_as_a_whole_or_not_at_all(here: Visitor, nacre: House):
    page = _table(here)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV out").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0] == "id,item,price,paid"
    assert len(lines) == 1 + int(_sql(nacre, "SELECT count(*) FROM orders"))

    page.get_by_role("button", name="CSV in").click()
    dialog = page.get_by_role("dialog")
    _choose(page, "item,price\ngood,1\nbad,much\n")
    expect(dialog.get_by_text("These lines do not fit")).to_be_visible()
    expect(dialog.get_by_role("cell", name="much", exact=True)).to_be_visible()
    expect(dialog.get_by_role("button", name="Import")).to_be_disabled()
    _choose(page, "item,price\ngood,1\nbetter,2\n")
    dialog.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_text("2 rows were brought into orders")).to_be_visible()
    assert _sql(nacre, "SELECT count(*) FROM orders WHERE item IN ('good', 'better')") == "2"


def test_sql_runs_what_is_chosen_explains_it_remembers_it_and_asks_the_past(here: Visitor, shop: str):
    page = here.page
    here.go("/projects/shop/data")
    editor = page.get_by_role("textbox", name="SQL")
    editor.click()
    page.keyboard.insert_text("SELECT 1 AS one;\nSELECT count(*) AS many FROM orders;\nSELECT wrong;")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    result = page.get_by_role("grid", name="Result")
    expect(result.get_by_role("columnheader", name="many")).to_be_visible()
    now = result.get_by_role("gridcell").inner_text()

    page.get_by_role("button", name="Explain", exact=True).click()
    expect(page.get_by_role("cell", name=re.compile("orders"))).to_be_visible()
    page.keyboard.press("Control+End")
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("wrong")

    page.get_by_role("tab", name="History").click()
    expect(page.get_by_role("button", name=re.compile("count")).first).to_be_visible()
    page.get_by_role("button", name=re.compile("^SELECT count")).first.click()
    expect(result.get_by_role("gridcell")).to_have_text(now)

    here.go(f"/projects/shop/data?at={shop.replace('+', '%2B')}")
    editor.click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    expect(result.get_by_role("gridcell")).to_have_text("1000", timeout=60_000)
    page.get_by_role("button", name="orders").click()
    expect(page.get_by_text("200 of 1,000 rows loaded")).to_be_visible()
    expect(page.get_by_role("button", name="New row")).to_have_count(0)


def test_an_extension_is_enabled_and_the_history_verified(here: Visitor, nacre: House):
    page = here.page
    here.go("/projects/shop/settings")
    here.is_at("Settings")
    page.get_by_role("searchbox", name="Filter").fill("hstore")
    page.get_by_role("row", name=re.compile("^hstore")).get_by_role("button", name="Enable").click()
    expect(page.get_by_text("hstore is enabled")).to_be_visible()
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("Everything that is kept is sound")).to_be_visible(timeout=60_000)
    assert _sql(nacre, "SELECT count(*) FROM pg_extension WHERE extname = 'hstore'") == "1"


@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_serious(visit: Visit, ann: Any, shop: str, size: dict[str, int] | None):
    here = visit(state=ann, theme="dark" if size else "light", **({"size": size} if size else {}))
    moment = f"?at={shop.replace('+', '%2B')}"
    serious: list[str] = []
    for path in ("studio?file=prices.txt", "time", f"time{moment}", "data", "data?table=orders", "settings"):
        here.go(f"/projects/shop/{path}")
        expect(here.page.get_by_role("navigation", name="shop")).to_be_visible()
        here.is_settled()
        here.page.evaluate(AXE.read_text())
        found = here.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        serious += [
            f"{path} {rule['id']}: {rule['nodes'][0]['html']} {rule['nodes'][0]['failureSummary']}"
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ]
    assert not serious


def test_the_pages_speak_chinese(visit: Visit, ann: Any):
    here = visit(state=ann, language="zh")
    here.page.add_init_script("localStorage.removeItem('nacre.language')")
    here.go("/projects/shop/time")
    expect(here.page.get_by_role("button", name=re.compile("检查点 #"))).to_be_visible()
    here.go("/projects/shop/data?table=orders")
    expect(here.page.get_by_role("button", name="导入 CSV")).to_be_visible()


def _table(here: Visitor) -> Page:
    here.go("/projects/shop/data")
    here.page.get_by_role("button", name="orders").click()
    expect(here.page.get_by_role("grid", name="orders")).to_be_visible()
    return here.page


def _choose(page: Page, csv: str) -> None:
    file = {"name": "orders.csv", "mimeType": "text/csv", "buffer": csv.encode()}
    page.get_by_label("CSV file").set_input_files(file)  # type: ignore[arg-type]


def _count(nacre: House, ref: str = "shop") -> int:
    return int(_sql(nacre, "SELECT count(*) FROM orders", ref))


def _sql(nacre: House, command: str, ref: str = "shop") -> str:
    return str(nacre.call("sql.run", ref=ref, command=command)["rows"][0][0])


def test_how_everything_is_and_went_is_seen_together(here: Visitor, visit: Visit, ann: Any, nacre: House):
    rule = {"kind": "cluster", "formula": "up", "above": 0, "hold": 0, "level": "warning"}
    nacre.call("alert.rule.set", rule="looked-at", title="Somebody looks", **rule)
    if not nacre.call("monitoring.marks"):
        nacre.call("rewind", ref="shop", moment="before the sale")
    page = here.page
    here.go("/monitoring")
    expect(page.get_by_role("region", name="State")).to_contain_text("One thing needs a look")
    matter = page.get_by_role("listitem").filter(has_text="Somebody looks")
    expect(matter).to_contain_text("warning")
    expect(page.get_by_role("region", name="Machine")).to_contain_text("Processors")
    assert faults(here) == []

    matter.get_by_role("link", name="Charts").click()
    expect(page).to_have_url(re.compile(r"dashboards\?kind=cluster&label=shop"))
    chart = page.get_by_role("figure", name="Connections")
    expect(chart).to_contain_text("run a statement")
    page.get_by_text("happened in this time").click()
    expect(page.get_by_role("listitem").filter(has_text="Rewound")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Alert: Somebody looks")).to_be_visible()

    chart.hover(position={"x": 200, "y": 90})
    page.mouse.down()
    chart.hover(position={"x": 400, "y": 90})
    page.mouse.up()
    expect(page).to_have_url(re.compile("since=.*until="))  # what was dragged over is what all charts show now
    expect(page.get_by_role("button", name="1 hour")).to_have_attribute("aria-pressed", "false")
    logs = page.get_by_role("link", name="Logs of this time")
    expect(logs).to_have_attribute("href", re.compile("logs.since=.*until=.*of=shop"))
    page.get_by_role("button", name="Compare with a week before").click()
    expect(page).to_have_url(re.compile("compare=week"))
    page.go_back()
    page.go_back()
    expect(page.get_by_role("button", name="1 hour")).to_have_attribute("aria-pressed", "true")

    away = visit(state=ann, language="zh", theme="dark", size=PHONE)
    away.page.add_init_script("localStorage.removeItem('nacre.language')")
    away.go("/monitoring/dashboards")
    away.page.get_by_label("显示内容").select_option("主机")
    expect(away.page.get_by_role("figure", name="处理器")).to_be_visible()
    assert away.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert faults(away) == []
