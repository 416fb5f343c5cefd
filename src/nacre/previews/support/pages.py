"""`python3 pages.py FOLDER`: serves a folder on 127.0.0.1 and $PORT, and reloads its pages when a file changes."""

import os
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_POLL_S = 0.3
_NEWS = "__nacre_reload"
_BASE = os.environ.get("NACRE_BASE_PATH", "/")
_SCRIPT = f'<script>new EventSource("{_BASE}{_NEWS}").onmessage = () => location.reload()</script>'.encode()


class Pages(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == f"/{_NEWS}":
            self._tell_changes()
        elif (page := self._page()) is not None:
            self._send_page(page)
        else:
            super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
        if _NEWS not in self.path:
            super().log_message(format, *args)

    def _page(self) -> Path | None:
        path = Path(self.translate_path(self.path))
        if self.path.split("?")[0].endswith("/"):
            path /= "index.html"
        return path if path.suffix in (".html", ".htm") and path.is_file() else None

    def _send_page(self, page: Path) -> None:
        body = page.read_bytes() + _SCRIPT
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _tell_changes(self) -> None:
        """Server-sent events: one for every change until the browser leaves, which the next line written tells."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        seen = CHANGES.count
        try:
            while True:
                count = CHANGES.wait(seen, timeout_s=15)
                self.wfile.write(b"data: changed\n\n" if count != seen else b": still here\n\n")
                self.wfile.flush()
                seen = count
        except OSError:
            self.close_connection = True


class Changes:
    """Counts the changes below a folder."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = threading.Condition()

    def wait(self, seen: int, timeout_s: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self.count != seen, timeout_s)
            return self.count

    def watch(self, folder: str) -> None:
        before = _stamps(folder)
        while True:
            time.sleep(_POLL_S)
            after = _stamps(folder)
            if after != before:
                before = after
                with self._changed:
                    self.count += 1
                    self._changed.notify_all()


CHANGES = Changes()


def _stamps(folder: str) -> dict[str, int]:
    stamps = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        for name in names:
            path = os.path.join(parent, name)  # noqa: PTH118  (walked several times a second)
            try:
                stamps[path] = os.stat(path).st_mtime_ns  # noqa: PTH116
            except OSError:
                continue
    return stamps


def main(folder: str) -> None:
    threading.Thread(target=CHANGES.watch, args=(folder,), daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), partial(Pages, directory=folder))
    print(f"Serving {os.path.abspath(folder)} on port {server.server_port}", flush=True)  # noqa: PTH100, T201  (its log)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
