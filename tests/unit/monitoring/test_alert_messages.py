"""A message says what it is about as people read it, and leads to the chart, the logs and what to do."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.docs.pages import ROOT

from nacre.core.errors import NotFound
from nacre.monitoring.alerts.book import Event
from nacre.monitoring.alerts.messages import body_of, log_of, title_of
from nacre.monitoring.alerts.rules import DEFAULTS, Level
from nacre.monitoring.alerts.runbook import PAGE, runbook_of, sections
from nacre.monitoring.alerts.states import News
from nacre.monitoring.alerts.units import FormulaUnit, told
from nacre.monitoring.alerts.wording import CHINESE
from nacre.monitoring.logs.shelves import is_of
from nacre.monitoring.logs.source import Source

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = {rule.name: rule for rule in DEFAULTS}
DISK = Event(
    1, BEGAN + timedelta(minutes=1), "disk-full", "host", "", News.FIRED, Level.CRITICAL, RULES["disk-full"].title,
    0.0214, BEGAN, "waiting", 0, "",
)  # fmt: skip
LOCK = replace(
    DISK, id=2, rule="lock-wait", kind="cluster", label="shop:try x", level=Level.WARNING, news=News.RESOLVED,
    title=RULES["lock-wait"].title, value=90, time=BEGAN + timedelta(hours=1),
)  # fmt: skip


def test_a_message_leads_to_the_chart_the_logs_and_what_to_do() -> None:
    assert title_of([DISK]) == "🔴 The disk is nearly full"
    assert body_of([DISK], "https://nacre.test", RULES) == (
        "The disk is nearly full\n"
        "critical, since 2026-03-01 12:00:00 UTC; now 2.14 % (bound 3 %)\n"
        "Chart: https://nacre.test/monitoring/dashboards?kind=host&since=2026-03-01T11%3A00%3A00Z\n"
        "Logs: https://nacre.test/monitoring/logs?since=2026-03-01T11%3A00%3A00Z\n"
        "What to do: https://nacre.test/monitoring/runbook/disk-full\n"
        "Alert: https://nacre.test/monitoring/alerts?kind=host&rule=disk-full"
    )
    assert "https" not in body_of([DISK], "") and "now 0.0214\n" in body_of([DISK], "") + "\n"


SHOP = Source("k", "n", "app", "/p", project="shop", branch="production", app="cart")


@pytest.mark.parametrize(
    ("kind", "label", "source"),
    [("cluster", "shop:try", replace(SHOP, kind="postgres", branch="try", app="")), ("app", "shop/cart", SHOP),
     ("workspace", "shop:try/ann", replace(SHOP, kind="workspace", branch="try", app="")),
     ("gateway", "", Source("nacre.gateway", "gateway", "nacre", "/p")),
     ("daemon", "", Source("nacre.daemon", "daemon", "nacre", "/p"))],
)  # fmt: skip
def test_logs_are_those_of_what_it_is_about(kind: str, label: str, source: Source) -> None:
    assert is_of(source, log_of(replace(DISK, kind=kind, label=label)))


def test_of_what_has_no_logs_of_its_own_all_are_shown() -> None:
    assert log_of(DISK) == "" and log_of(replace(DISK, kind="model", label="gpt")) == ""
    assert log_of(replace(DISK, kind="of an older version")) == ""


def test_the_console_has_the_pages_that_messages_lead_to() -> None:
    pages = (ROOT / "console" / "src" / "pages" / "monitoring").rglob("routes.tsx")
    known = set(re.findall(r'path: "(/monitoring[^"$]*)', "".join(page.read_text() for page in pages)))
    links = re.findall(r"https://nacre.test([^?\n]*)", body_of([LOCK], "https://nacre.test", RULES))
    assert {link.removesuffix(LOCK.rule) for link in links} <= known and len(links) == 4


def test_what_is_over_is_shown_with_its_end_and_many_at_once_are_short() -> None:
    over = body_of([LOCK], "https://nacre.test", RULES)
    assert over.startswith("Over: A session waits long for a lock (shop:try x)\nwarning, ") and "now 1.5 min" in over
    assert "label=shop%3Atry%20x&since=2026-03-01T11%3A00%3A00Z&until=2026-03-01T13%3A10%3A00Z" in over
    many = [replace(LOCK, id=number, label=f"shop:b{number}") for number in range(30)]
    assert title_of([*many, DISK]) == "🔴 1 alert, 30 over"
    body = body_of([*many, DISK], "https://nacre.test", RULES)
    assert body.startswith("The disk is nearly full") and body.endswith("And 11 more.") and "Chart" not in body


def test_a_message_in_chinese_and_titles_that_people_wrote_as_they_wrote_them() -> None:
    assert title_of([DISK], CHINESE) == "🔴 磁盘几乎已满" and title_of([LOCK, LOCK], CHINESE) == "✅ 2 条已恢复"
    body = body_of([DISK], "https://nacre.test", RULES, CHINESE)
    assert "严重, 开始于 2026-03-01 12:00:00 UTC; 当前值 2.14 % (阈值 3 %)" in body and "如何处理: https" in body
    assert title_of([replace(DISK, title="No room for Ann's photos")], CHINESE) == "🔴 No room for Ann's photos"


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(0.5, "share", "50 %"), (95.25, "percent", "95.2 %"), (3e9, "bytes", "3 GB"), (12, "bytes", "12 B"),
     (2.5e6, "bytes per second", "2.5 MB/s"), (7200, "seconds", "2 h"), (0.02, "seconds", "20 ms"),
     (0, "seconds", "0 ms"), (-1e12, "bytes", "-1 TB"), (1.5, "per second", "1.5/s"), (1_234_567, "", "1.23457e+06")],
)  # fmt: skip
def test_values_are_told_as_people_read_them(value: float, unit: FormulaUnit, said: str) -> None:
    assert told(value, unit) == said


@pytest.mark.parametrize("rule", RULES)
def test_each_of_our_rules_is_told_in_chinese_and_says_what_to_do(rule: str) -> None:
    assert rule in CHINESE.titles
    text = runbook_of(rule, RULES).text
    assert 80 < len(text) < 1500 and text.count("```") % 2 == 0


def test_nothing_is_written_about_rules_that_are_not_there() -> None:
    written = {heading for heading in sections(PAGE.read_text()) if heading.islower()}
    assert written - {"nacre-gone", "nacre-still"} == RULES.keys() == CHINESE.titles.keys()
    with pytest.raises(NotFound):
        runbook_of("own", RULES)
    own = RULES["connections"].model_copy(update={"name": "own"})
    assert "`connections / connections_most` of each cluster is above 0.8" in runbook_of("own", {"own": own}).text
