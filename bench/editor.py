"""How quick the studio is in a browser: a key until its echo is drawn in the terminal, a file until it can be edited.

Promises: keystroke echo p95 ≤ 30 ms; a file of 1 MB open in the editor ≤ 300 ms. Both are measured within the page,
from the event of the key or click until the text is drawn, the way through daemon, sandbox and shell included.
"""

import argparse
import statistics

from playwright.sync_api import Page

from bench._browser import signed_in
from bench._nacre import free_port, running
from bench._place import home_on
from bench._result import Results

_LINES = 20_000
_LINE = "    return total + price * {number:>6}  # of what was bought\n"

# A key's time runs from its event until the row that shows it changes, which the terminal does in the frame it draws.
_ECHO = """() => {
  window.echoes = [];
  const rows = document.querySelector('.xterm-rows');
  let pressed = null;
  document.addEventListener('keydown', (event) => { pressed = performance.now(); }, true);
  new MutationObserver(() => {
    if (pressed === null) return;
    const began = pressed;
    pressed = null;
    window.echoes.push(performance.now() - began);
  }).observe(rows, { childList: true, subtree: true, characterData: true });
}"""

_OPENING = """(marker) => {
  window.opened = new Promise((resolve) => {
    document.addEventListener('click', () => {
      const began = performance.now();
      const look = () => {
        const line = document.querySelector('.cm-line');
        if (line?.textContent.includes(marker)) requestAnimationFrame(() => resolve(performance.now() - began));
        else requestAnimationFrame(look);
      };
      look();
    }, { capture: true, once: true });
  });
}"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--keys", type=int, default=300)
    arguments.add_argument("--files", type=int, default=7)
    arguments.add_argument("--gateway", action="store_true", help="through the gateway with TLS, not straight")
    arguments.add_argument("--quick", action="store_true", help="few keys and files")
    given = arguments.parse_args()
    keys, files = (40, 3) if given.quick else (given.keys, given.files)
    results = Results("editor", "the studio in a browser: keys in the terminal, large files in the editor")
    mode = {"MODE": "full", "CONTENT_PORT": str(free_port())} if given.gateway else {}
    with home_on("plain") as home, running(home, CONSOLE="true", **mode) as nacre:
        nacre.call("project", "create", "shop")
        folder = home / "projects" / "shop" / "branches" / "main" / "files"
        for number in range(files):
            text = "".join(_LINE.format(number=at) for at in range(_LINES))
            (folder / f"large{number}.py").write_text(f"# large file {number}\n{text}")
        results.note("bytes of a large file", (folder / "large0.py").stat().st_size)
        with signed_in(nacre) as page:
            page.goto(page.url.replace("/projects", "/projects/shop/studio"))
            echo_ms = echoes(page, keys)
            results.note("keystroke echo, median in ms", statistics.median(echo_ms))
            results.add("keystroke echo in the terminal, p95", statistics.quantiles(echo_ms, n=20)[-1], "ms", 30)
            open_ms = [opening(page, number) for number in range(files)]
            results.note("opening, each in ms", open_ms)
            # The first one also fetches the language, which every visit after has in its cache.
            results.add("a 1 MB file in the editor, median", statistics.median(open_ms), "ms", 300)
    results.keep()


def echoes(page: Page, keys: int) -> list[float]:
    """The time of each key in ms, typed at an even pace into a shell."""
    page.locator(".xterm-rows").filter(has_text="$").wait_for()
    page.locator(".xterm-helper-textarea").first.focus()
    page.keyboard.type("echo warm\n")
    page.wait_for_timeout(1000)
    page.evaluate(_ECHO)
    for number in range(keys):
        page.keyboard.press("abcdefghij"[number % 10] if number % 40 else "Control+u")
        page.wait_for_timeout(60)
    measured = [float(ms) for ms in page.evaluate("window.echoes")]
    if len(measured) < keys * 0.9:
        raise SystemExit(f"Only {len(measured)} of {keys} keys were echoed.")
    return measured


def opening(page: Page, number: int) -> float:
    page.evaluate(_OPENING, f"large file {number}")
    page.get_by_role("treeitem", name=f"large{number}.py").click()
    return float(page.evaluate("window.opened"))


if __name__ == "__main__":
    main()
