"""A tiny app without dependencies, whose every page says which release it is and what it finds of its data."""

from pathlib import Path

from tests.daemon import House

# Answers with its number, a variable of its environment, and the lines in its folder; POST adds a line.
_APP = """
import os, pathlib, socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

notes = pathlib.Path(os.environ.get("NACRE_DATA", "/tmp")) / "notes"
database = socket.socket(socket.AF_UNIX)
database.connect(f"{os.environ['PGHOST']}/.s.PGSQL.{os.environ['PGPORT']}")

class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        kept = notes.read_text() if notes.exists() else ""
        body = f"release NUMBER {os.environ.get('COLOUR', '-')} {kept}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        with notes.open("a") as file:
            file.write("note;")
        self.do_GET()

    def log_message(self, *words):
        pass

print("app NUMBER is up", flush=True)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""
CRASHING = "import sys\nprint('no such luck')\nsys.exit(3)\n"
_FILE = '[publish]\nruntime = "python"\nstart = "python app.py"\ndrain_s = 1\n'


def write_app(files: Path, number: int, *, code: str | None = None, release: str | None = None) -> None:
    """Release `number` of it; or `code`, which is none; `release` is its release command."""
    (files / "app.py").write_text(code or _APP.replace("NUMBER", str(number)))
    (files / "nacre.toml").write_text(_FILE + (f'release = "{release}"\n' if release else ""))


def page(house: House, app: str) -> str:
    """What a visitor gets."""
    import httpx

    port = house.settings.port + 1
    return httpx.get(f"https://localhost:{port}/apps/{app}/", verify=False, timeout=10).text
