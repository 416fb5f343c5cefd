"""Somebody who asks an app all the time, and an app of which every answer shows whether it is of one release alone."""

import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import httpx
from tests.chaos.struck import StruckHouse, until

MIGRATION = Path(__file__).with_name("migration.py")
_EVERY_S = 0.03
_SERVED_AGAIN_S = 10.0
_REPEATED = 2000
_AWAY = (502, 503, 504)
_APP = f"""
import os, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"release NUMBER;" * {_REPEATED}
        self.send_response(200)
        self.send_header("Release", os.environ["NACRE_RELEASE"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

print("app NUMBER begins", flush=True)
time.sleep(PAUSE_S)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""
_FILE = """
[publish]
runtime = "python"
start = "python app.py"
release = "python migration.py NUMBER PAUSE_S"
drain_s = 1
"""


def write_visited(files: Path, number: int, pause_s: float = 0) -> None:
    """Release `number` of it; with a pause it takes its time to build, to migrate and to start, and can be struck."""
    values = {"NUMBER": str(number), "PAUSE_S": str(pause_s)}
    build = f'build = "echo building; sleep {pause_s}"\n' if pause_s else ""
    for name, content in (("app.py", _APP), ("migration.py", MIGRATION.read_text()), ("nacre.toml", _FILE + build)):
        for word, value in values.items():
            content = content.replace(word, value)
        (files / name).write_text(content)


class Visitor:
    """`seen` are the releases that answered, one after the other; `wrong` is what an app may never answer."""

    def __init__(self, house: StruckHouse, app: str) -> None:
        self._url = f"https://localhost:{house.settings.port + 1}/apps/{app}/"
        self._leave = threading.Event()
        self._asking = threading.Thread(target=self._ask)
        self.seen: list[int] = []
        self.wrong: list[str] = []

    def __enter__(self) -> "Visitor":
        self._asking.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leave.set()
        self._asking.join()

    def wait_served(self, *releases: int) -> int:
        """The one of these releases that the next five answers are of, within the time that an app may be away."""
        mark, one = len(self.seen) + 5, [{each} for each in releases]
        until(lambda: len(self.seen) >= mark and set(self.seen[-5:]) in one, _SERVED_AGAIN_S)
        return self.seen[-1]

    def expect_whole(self, since: int, old: int, new: int) -> None:
        """All answers since then were of one of these two releases each, and none of the old one after the new one."""
        seen = self.seen[since:]
        assert self.wrong == []
        assert set(seen) <= {old, new} and seen == sorted(seen), seen

    def _ask(self) -> None:
        with httpx.Client(verify=False, timeout=10) as client:
            while not self._leave.wait(_EVERY_S):
                with suppress(httpx.TransportError):  # the gateway is away, or went in the middle of an answer
                    self._take(client.get(self._url))

    def _take(self, answer: httpx.Response) -> None:
        if answer.status_code in _AWAY:
            return
        number = answer.headers.get("Release", "")
        if answer.status_code != 200 or answer.text != f"release {number};" * _REPEATED:
            self.wrong.append(f"{answer.status_code} {answer.text[:200]}")
            return
        self.seen.append(int(number))
