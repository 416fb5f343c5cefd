"""The alert centre: a rule of one's own fires, is seen to, silenced, over; rules are changed; channels are tested."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.daemon import House
from tests.e2e.conftest import Visit
from tests.e2e.visitor import PASSWORD, PHONE, Visitor, faults
from tests.e2e.waiting import until
from tests.integration.monitoring.receiver import Receiver, receiver

from nacre.core.errors import NacreError
from nacre.core.progress import Output
from nacre.surfaces.client import over_http


@pytest.fixture(scope="module")
def hook() -> Iterator[Receiver]:
    with receiver() as hook:
        yield hook


@pytest.fixture
def here(visit: Visit, ann: Any) -> Visitor:
    return visit(state=ann)


def test_a_rule_is_written_fires_and_is_seen_to(here: Visitor, nacre: House, hook: Receiver):
    page = here.page
    toast = page.get_by_role("region", name="Done")
    here.go("/monitoring/alerts/channels")
    page.get_by_role("button", name="Webhook JSON").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Webhook address").fill("nowhere")
    expect(dialog).to_contain_text("This is not what the service gives out")
    dialog.get_by_label("Webhook address").fill(hook.address.replace("json:", "http:"))
    dialog.get_by_label("Told of").select_option("info")
    assert faults(here) == []
    hook.refuses = True
    dialog.get_by_role("button", name="Add and send a test").click()
    expect(dialog.get_by_role("alert")).to_contain_text("did not take the message")
    hook.refuses = False
    dialog.get_by_role("button", name="Add and send a test").click()
    expect(toast).to_contain_text("webhook is added")
    assert "Nacre reaches this channel" in hook.titles[0]
    expect(page.get_by_role("row").filter(has_text="webhook")).to_contain_text("everything")

    page.get_by_role("link", name="Rules").click()
    page.get_by_role("switch", name="Look for: The disk is filling up").click()
    expect(toast).to_contain_text("is no longer looked for")
    toast.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("switch", name="Look for: The disk is filling up")).to_be_checked()
    page.get_by_role("button", name="Add a rule").click()
    dialog.get_by_label("What people are told").fill("Files are open")
    dialog.get_by_label("About").select_option("daemon")
    dialog.get_by_label("Formula").fill("open_fils")
    expect(dialog).to_contain_text("has no measure “open_fils”")
    dialog.get_by_label("Formula").fill("")
    dialog.get_by_text("How formulas are written").click()
    dialog.get_by_role("button", name="open_files").click()
    expect(dialog.get_by_label("Formula")).to_have_value("open_files")
    dialog.get_by_label("Bound").fill("1")
    dialog.get_by_label("For at least").first.fill("0")
    expect(dialog.get_by_role("region", name="What it gives now")).to_contain_text("would hold")
    assert faults(here) == []
    dialog.get_by_role("button", name="Add the rule").click()
    expect(toast).to_contain_text("“Files are open” is looked for from now on")

    page.get_by_role("navigation", name="Alert centre").get_by_role("link", name="Now").click()
    alert = page.get_by_role("list", name="Warnings").get_by_role("listitem").filter(has_text="Files are open")
    expect(alert).to_contain_text("alert above 1")
    until(page, lambda: any("Files are open" in title for title in hook.titles))
    link = next(line for line in hook.got[-1]["message"].splitlines() if "/monitoring/alerts?" in line)
    here.go(link[link.index("/monitoring") :])
    expect(alert).to_contain_text("What was told of it")
    expect(alert.get_by_role("row").filter(has_text="fired")).to_contain_text("sent")
    assert faults(here) == []
    alert.get_by_role("button", name="Acknowledge").click()
    expect(alert).to_contain_text("ann sees to it")
    alert.get_by_role("button", name="Silence").click()
    dialog.get_by_label("Why").fill("It is only a test")
    dialog.get_by_role("button", name="Silence it").click()
    silenced = page.get_by_role("list", name="Silenced now").get_by_role("listitem")
    expect(silenced).to_contain_text("It is only a test")
    silenced.get_by_role("button", name="End").click()
    expect(silenced).to_have_count(0)

    nacre.call("alert.rule.reset", rule="files-are-open")
    here.go(link[link.index("/monitoring") :])
    expect(page.get_by_role("region", name="Files are open")).to_contain_text("It is over")


@pytest.mark.parametrize("view", ["", "/history", "/rules", "/channels"])
def test_it_is_as_good_in_chinese_in_the_dark_and_on_a_phone(visit: Visit, ann: Any, view: str):
    here = visit(state=ann, language="zh", theme="dark", size=PHONE)
    here.page.add_init_script("localStorage.removeItem('nacre.language')")
    here.go(f"/monitoring/alerts{view}")
    here.is_at("监控")
    assert faults(here) == []
    assert here.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_the_tab_one_is_at_is_in_sight(visit: Visit, ann: Any):
    here = visit(state=ann, size=PHONE)
    here.go("/monitoring/alerts")
    expect(here.page.get_by_title("What is new is shown as it comes.")).to_be_visible()
    tabs = here.page.get_by_role("navigation", name="Monitoring", exact=True)
    expect(tabs.get_by_role("link", name="Alerts")).to_be_in_viewport(ratio=0.9)


def test_a_message_leads_to_what_to_do(here: Visitor):
    here.go("/monitoring/runbook/disk-full")
    expect(here.page.get_by_text("nacre image collect")).to_be_visible()
    assert faults(here) == []
    here.page.get_by_role("link", name="Alerts of this rule").click()
    expect(here.page.get_by_role("link", name="All alerts")).to_be_visible()


def test_an_open_page_shows_what_begins_as_it_begins_and_asks_for_nothing(here: Visitor, nacre: House):
    page, asked = here.page, list[str]()
    here.go("/monitoring")
    here.is_at("Monitoring")
    following = page.get_by_title("What is new is shown as it comes.")
    expect(following).to_have_text("live")
    page.on("request", lambda request: asked.append(request.url))
    rule = {"rule": "files-stay", "kind": "daemon", "formula": "open_files", "above": 1, "hold": 0, "level": "warning"}
    nacre.call("alert.rule.set", **rule, title="Files stay open")
    until(page, lambda: any(one["rule"] == "files-stay" for one in nacre.call("alert.list")))
    # How soon a busy browser draws it is left open: that nothing was asked for shows that it came by itself.
    expect(page.get_by_role("link", name="Files stay open")).to_be_visible()
    assert not [url for url in asked if "/api/monitoring/" in url], "the page asked anew"
    _hide(page, hidden=True)
    nacre.call("alert.rule.reset", rule="files-stay")
    until(page, lambda: not any(one["rule"] == "files-stay" for one in nacre.call("alert.list")))
    expect(page.get_by_role("link", name="Files stay open")).to_be_visible()  # whom nobody sees follows nothing
    _hide(page, hidden=False)
    expect(page.get_by_role("link", name="Files stay open")).to_have_count(0)
    expect(following).to_be_visible()


def _hide(page: Page, *, hidden: bool) -> None:
    """As another tab does, which a headless browser does not have."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_a_session_that_ends_elsewhere_leads_to_the_sign_in_and_back(visit: Visit, ann: Any, origin: str):
    here = visit()
    here.sign_in("ann")
    here.is_at("Projects")
    here.go("/monitoring")
    expect(here.page.get_by_title("What is new is shown as it comes.")).to_be_visible()
    with here.page.context.new_page() as other:
        other.goto(f"{origin}/projects")
        other.get_by_role("button", name="Ann Example").click()
        other.get_by_text("Sign out").click()
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(here.page).to_have_url(f"{origin}/sign-in?next=%2Fmonitoring")
    here.page.get_by_label("Name or e-mail address").fill("ann")
    here.page.get_by_label("Password", exact=True).fill(PASSWORD)
    here.page.get_by_role("button", name="Sign in").click()
    here.is_at("Monitoring")


def test_who_is_let_in_no_more_is_told_no_more(nacre: House, origin: str):
    made = nacre.call("token.create", name="watcher", role="viewer")
    client, said = over_http(origin, made["token"]), list[Output]()

    def hear(output: Output) -> None:
        if not said:
            nacre.call("token.revoke", id=made["id"])
        said.append(output)

    with pytest.raises(NacreError) as refused:
        client.call(nacre.verbs["monitoring.watch"], {"part": ["health"]}, on_output=hear)
    assert refused.value.code == "let-in-no-more" and len(said) == 1
