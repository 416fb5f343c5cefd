"""A signed-in browser on a console: Debian's Chromium, headless."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from bench._nacre import Nacre

_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
_PATIENCE_MS = 120_000


@contextmanager
def signed_in(nacre: Nacre) -> Iterator[Page]:
    """A page in which the first admin is signed in. Raises SystemExit where there is no Chromium."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("This benchmark needs Chromium: apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_FLAGS])
        page = browser.new_page(locale="en-US", viewport={"width": 1280, "height": 800}, ignore_https_errors=True)
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(str(nacre.call("account", "link")["url"]))
        page.get_by_label("Your name").fill("Ann Example")
        page.get_by_label("Password", exact=True).fill("a shell laid down in layers")
        page.get_by_role("button", name="Go on").click()
        page.get_by_role("heading", level=1, name="Projects").wait_for()
        yield page
        browser.close()
