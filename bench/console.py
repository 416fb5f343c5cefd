"""How soon the console can be used: the script that its first page loads, and the time until it answers here.

Promises: at most 350 kB of compressed script, usable within 1.5 s. The clock runs from the navigation, with nothing in
the browser's cache, until the list of projects is drawn and two frames have passed without the page being busy.
"""

import argparse
import statistics

from playwright.sync_api import Page

from bench._browser import signed_in
from bench._nacre import free_port, running
from bench._place import home_on
from bench._result import Results

_USABLE = """() => new Promise((resolve) => {
  const look = () => {
    const drawn = document.querySelector('main table tbody tr') !== null;
    if (!drawn) return requestAnimationFrame(look);
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
  };
  look();
})"""

_SCRIPTS = """() => performance.getEntriesByType('resource')
  .filter((entry) => /\\.js$/.test(new URL(entry.name).pathname))
  .map((entry) => entry.encodedBodySize)"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--visits", type=int, default=9)
    arguments.add_argument("--gateway", action="store_true", help="through the gateway with TLS, not straight")
    arguments.add_argument("--quick", action="store_true", help="few visits")
    given = arguments.parse_args()
    results = Results("console", "the console's first page: bytes of script, time until it can be used")
    mode = {"MODE": "full", "CONTENT_PORT": str(free_port())} if given.gateway else {}
    with home_on("plain") as home, running(home, CONSOLE="true", **mode) as nacre:
        nacre.call("project", "create", "shop")
        with signed_in(nacre) as page:
            address = page.url.replace("/sign-in", "/projects")
            visits = [visit(page, address) for _ in range(3 if given.quick else given.visits)]
    usable_ms = [ms for ms, _ in visits]
    scripts = visits[0][1]
    results.note("scripts loaded", len(scripts))
    results.note("time until usable, each in ms", usable_ms)
    results.add("compressed script of the first page", sum(scripts) / 1000, "kB", 350)
    results.add("time until usable, median", statistics.median(usable_ms) / 1000, "s", 1.5)
    results.keep()


def visit(page: Page, address: str) -> tuple[float, list[int]]:
    """One visit with an empty cache: ms until usable, and the compressed bytes of each script."""
    session = page.context.new_cdp_session(page)
    session.send("Network.clearBrowserCache")
    page.goto("about:blank")
    page.goto(address, wait_until="commit")
    usable_ms = float(page.evaluate(_USABLE))
    scripts = [int(size) for size in page.evaluate(_SCRIPTS)]
    session.detach()
    return usable_ms, scripts


if __name__ == "__main__":
    main()
