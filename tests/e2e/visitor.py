"""A person at a browser: a real Chromium on a console that a real daemon serves."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

Theme = Literal["light", "dark"]
Language = Literal["en", "zh"]

PASSWORD = "a shell laid down in layers"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}

AXE = Path(__file__).parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"

_TAGS = {"en": "en-US", "zh": "zh-CN"}
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
# A machine with two processors and eight jobs answers late, but it answers.
_PATIENCE_MS = 20_000


@dataclass
class Visitor:
    """One browser profile with one page; `problems` are what the page's scripts complained of."""

    context: BrowserContext
    page: Page
    origin: str
    problems: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.origin + path)

    def follow_link(self, url: str, name: str | None = None) -> None:
        """A one-time link to its end: choose a name (the first person only) and a password."""
        self.page.goto(url)
        if name is not None:
            self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Go on").click()
        self.is_at("Projects")

    def sign_in(self, name: str) -> None:
        self.go("/sign-in")
        self.page.get_by_label("Name or e-mail address").fill(name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    def is_at(self, title: str) -> None:
        """The page of this title is there, and what it shows has been loaded."""
        expect(self.page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
        self.is_settled()

    def is_settled(self) -> None:
        expect(self.page.get_by_text("Loading…")).to_have_count(0)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless; skips where there is none."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = _launch(playwright, program)
        try:
            yield browser
        finally:
            browser.close()


def visitor(
    browser: Browser,
    origin: str,
    *,
    state: Any = None,
    language: Language = "en",
    theme: Theme = "light",
    size: dict[str, int] = DESKTOP,
) -> Visitor:
    """A fresh profile, or with `state` one that is signed in."""
    context = browser.new_context(
        storage_state=state,
        locale=_TAGS[language],
        color_scheme=theme,
        viewport={"width": size["width"], "height": size["height"]},
        reduced_motion="reduce",
        ignore_https_errors=True,
    )
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    here = Visitor(context, page, origin)
    page.on("pageerror", lambda error: here.problems.append(str(error)))
    page.on("console", lambda said: here.problems.append(said.text) if _is_problem(said.type, said.text) else None)
    return here


def faults(who: Visitor) -> list[str]:
    """What axe calls serious or critical, with the first element of each."""
    who.page.evaluate(AXE.read_text())
    violations = who.page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    return [
        f"{one['id']}: {one['help']} ({one['nodes'][0]['html']}: {one['nodes'][0]['failureSummary']})"
        for one in violations
        if one["impact"] in ("serious", "critical")
    ]


def _launch(playwright: Playwright, program: str) -> Browser:
    expect.set_options(timeout=_PATIENCE_MS)
    return playwright.chromium.launch(executable_path=program, args=[*_FLAGS], headless=True)


def _is_problem(kind: str, text: str) -> bool:
    """A refusal by the daemon is shown to the person, and may be what a test is about."""
    return kind == "error" and "Failed to load resource" not in text
