"""Models in the console: added, asked, cancelled, paid for; chains and rules; both languages, both themes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from tests.daemon import House, house_on
from tests.e2e.conftest import Visit
from tests.e2e.visitor import PHONE, Visitor, faults
from tests.e2e.waiting import until
from tests.provider import KEY_REFUSED, FakeProvider, Fault

KEY = "sk-never-shown-again"


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    with FakeProvider(keys={KEY}) as provider:
        provider.answer("capital of France", "It is Paris.")
        yield provider


@pytest.fixture(scope="module")
def nacre() -> Iterator[House]:
    """A house with a project that has texts in a table."""
    with house_on("copy", NACRE_CONSOLE="true") as house:
        house.call("project.create", name="shop")
        yield house


@pytest.fixture
def here(visit: Visit, ann: Any) -> Visitor:
    return visit(state=ann)


def test_a_model_is_added_asked_cancelled_and_paid_for(here: Visitor, nacre: House, provider: FakeProvider):
    page, toast = here.page, _toast(here)
    here.go("/models")
    expect(page.get_by_role("heading", name="Embeddings work already, with no key")).to_be_visible()
    _look_over(here)
    page.get_by_role("button", name="Add a model").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("From").select_option("openai")
    dialog.get_by_label("Name", exact=True).fill("clever")
    dialog.get_by_label("Address").fill(provider.base_url)
    dialog.get_by_label("Key", exact=True).fill(KEY)
    dialog.get_by_text("Limits and prices").click()
    dialog.get_by_label("Dollars per million tokens in").fill("100")
    dialog.get_by_label("Dollars per million tokens out").fill("300")
    _look_over(here)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(toast).to_contain_text("clever is added")
    row = page.get_by_role("table", name="Models").get_by_role("row").filter(has_text="clever")
    expect(row).to_contain_text("ready")
    expect(row).to_contain_text("$100.00 in · $300.00 out")
    expect(page.get_by_text(KEY)).to_have_count(0)
    row.get_by_role("button").click()
    page.get_by_role("menuitem", name="Test").click()
    expect(toast).to_contain_text("clever answers")

    counted = page.get_by_role("table", name="How they answer").get_by_role("row").filter(has_text="clever")
    expect(counted).to_contain_text("≤")

    page.get_by_role("link", name="Playground").click()
    page.get_by_label("Prompt", exact=True).fill("What is the capital of France?")
    page.keyboard.press("Control+Enter")
    answer = page.get_by_role("article", name="Answer of clever")
    expect(answer).to_contain_text("It is Paris.")
    expect(answer.get_by_role("status")).to_contain_text("tokens in")
    expect(page.get_by_text("SELECT llm.chat('What is the capital of France?', model => 'clever'")).to_be_visible()
    _look_over(here)

    provider.script(Fault("stall-midway", after=2))
    page.get_by_role("button", name="Ask").click()
    expect(answer).to_contain_text("It")  # what has come is shown while more is awaited
    page.get_by_role("button", name="Cancel").click()
    expect(answer).to_contain_text("cancelled")
    until(page, lambda: provider.closed_by_client == 1)

    provider.script(KEY_REFUSED)
    page.get_by_role("button", name="Ask").click()
    expect(answer.get_by_role("alert")).to_contain_text("key")

    page.get_by_role("link", name="Audit").click()
    calls = page.get_by_role("region", name="Audit")
    expect(calls.get_by_text("cancelled").first).to_be_visible()
    expect(calls.get_by_text("failed").first).to_be_visible()
    _look_over(here)
    page.get_by_label("Outcome").select_option("done")
    expect(calls.get_by_text("cancelled")).to_have_count(0)
    calls.get_by_role("row").filter(has_text="chat_stream").first.get_by_role("link").click()
    expect(page.get_by_role("region", name="Answer")).to_have_text("It is Paris.")
    page.get_by_role("button", name="Good").click()
    page.get_by_label("Comment").fill("So it is")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("listitem").filter(has_text="So it is")).to_contain_text("ann")
    _look_over(here)

    here.go("/models/spend")
    spent = page.get_by_role("region", name="Cost")
    expect(spent.get_by_role("row").filter(has_text="clever")).to_contain_text("$0.0")
    page.get_by_label("Dollars").fill("5")
    page.get_by_role("button", name="Set the budget").click()
    expect(page.get_by_role("region", name="Budgets").get_by_role("row")).to_have_count(2)
    _look_over(here)


def test_rows_are_embedded_by_the_local_model_and_found(here: Visitor, nacre: House):
    with nacre.connect("shop") as connection:
        connection.execute("CREATE TABLE place (id int PRIMARY KEY, about text NOT NULL)")
        connection.execute(
            "INSERT INTO place VALUES (1, 'A quiet beach behind the dunes'), (2, 'The old observatory, open on clear "
            "nights'), (3, 'A market hall with cheese, bread and fish')"
        )
        connection.execute("DROP EXTENSION pg_llm CASCADE")  # as in a project of an older Nacre
    page, toast = here.page, _toast(here)
    here.go("/projects/shop/models/vectorizers")
    page.get_by_role("button", name="Install pg_llm here").click()
    expect(page.get_by_role("heading", name="No vectorizer yet")).to_be_visible()
    _look_over(here)
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Table").select_option("place")
    expect(dialog.get_by_label("about")).to_be_checked()
    _look_over(here)
    dialog.get_by_role("button", name="Create").click()
    expect(toast).to_contain_text("place is made")
    row = page.get_by_role("row").filter(has_text="place")
    expect(row).to_contain_text("in step")
    row.get_by_role("link", name="Search").click()
    page.get_by_label("Query").fill("where can I look at the stars?")
    page.keyboard.press("Enter")
    hits = page.get_by_role("list", name="Search").get_by_role("listitem")
    expect(hits.first).to_contain_text("The old observatory")
    expect(hits.first).to_contain_text("rank 1")
    expect(hits.first).to_contain_text("not found by it")  # no word of the question stands there
    _look_over(here)
    page.get_by_role("link", name="Vectorizers").click()
    row.get_by_role("button").click()
    page.get_by_role("menuitem", name="Pause").click()
    expect(row).to_contain_text("paused")
    _look_over(here)
    toast.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("in step")


def test_a_question_is_answered_by_sql_that_is_shown_and_learned(here: Visitor, nacre: House, provider: FakeProvider):
    sql = "SELECT city, count(*) AS customers FROM customer GROUP BY city ORDER BY city"
    provider.answer("customers of each city", {"sql": sql, "explanation": "Customers, by city.", "clarify": None})
    provider.answer("the best", {"sql": None, "explanation": "", "clarify": "Best by what?"})
    with nacre.connect("shop") as connection:
        connection.execute("CREATE TABLE customer (id int PRIMARY KEY, city text)")
        connection.execute("INSERT INTO customer VALUES (1, 'Ulm'), (2, 'Bern'), (3, 'Bern')")
    page, toast = here.page, _toast(here)
    here.go("/projects/shop/models")
    question = page.get_by_label("Question")
    question.fill("the best?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Best by what?")
    question.fill("customers of each city")
    page.keyboard.press("Enter")
    expect(page.get_by_role("grid", name="Rows")).to_contain_text("Ulm")
    expect(page.get_by_role("figure", name="Chart")).to_contain_text("Bern2")
    expect(page.get_by_text("Customers, by city.")).to_be_visible()
    _look_over(here)
    page.get_by_role("button", name="Right: learn it").click()
    expect(toast).to_contain_text("Learned as an example")
    page.get_by_role("link", name="Learned", exact=True).click()
    row = page.get_by_role("row").filter(has_text="customers of each city")
    expect(row).to_contain_text("GROUP BY city")
    page.get_by_label("Fact", exact=True).fill("A customer is whoever bought once.")
    page.get_by_role("button", name="Add the fact").click()
    expect(page.get_by_role("row").filter(has_text="whoever bought once")).to_be_visible()
    _look_over(here)
    row.get_by_role("button", name="Forget").click()
    expect(row).to_have_count(0)


def test_models_fall_back_and_rules_hold_in_chinese_on_a_phone(
    visit: Visit, ann: Any, nacre: House, provider: FakeProvider
):
    nacre.call("llm.model.add", name="spare", provider="openai", model="fake-small", base_url=provider.base_url)
    here = visit(state=ann, language="zh", theme="dark", size=PHONE)
    page, toast = here.page, _toast(here)
    page.add_init_script("localStorage.removeItem('nacre.language')")
    here.go("/models")
    page.get_by_role("button", name="新建备用链").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称").fill("best")
    dialog.get_by_label("添加模型作为最后一级").select_option("clever")
    dialog.get_by_label("添加模型作为最后一级").select_option("spare")
    dialog.get_by_role("button", name="上移第 2 级").click()
    _look_over(here)
    dialog.get_by_role("button", name="保存备用链").click()
    expect(toast).to_contain_text("备用链 best 已保存")
    expect(page.get_by_role("listitem").filter(has_text="best")).to_contain_text("spare, 其次 clever")
    for place in ("/models/playground", "/models/spend", "/models/audit"):
        here.go(place)
        here.is_at("模型")
        _look_over(here)

    here.go("/projects/shop/models/redaction")
    page.get_by_role("button", name="添加规则").click()
    expect(toast).to_contain_text("规则即刻生效")
    assert [rule["name"] for rule in nacre.call("llm.redaction.list", ref="shop")] == ["email"]
    _look_over(here)
    page.get_by_role("button", name="移除").click()
    toast.get_by_role("button", name="撤销").click()
    until(page, lambda: len(nacre.call("llm.redaction.list", ref="shop")) == 1)


def _toast(here: Visitor) -> Locator:
    return here.page.get_by_role("region", name=re.compile("^(Done|完成)$"))


def _look_over(here: Visitor) -> None:
    here.is_settled()
    assert not faults(here)
