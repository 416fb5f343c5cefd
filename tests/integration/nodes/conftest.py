"""A house, and a machine at the other end of a cable that runs apps for it, whose network can be cut."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.daemon import House, can_mount, house_on
from tests.far_away import Far, far_away
from tests.waiting import eventually

_PORT = 8430
_CLIENT = Path(__file__).parents[2] / "chaos" / "migration.py"
# Each page asks the database, on a connection of its own, how many releases were migrated.
_APP = """
import os, socket, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from client import message, read, sign_in

def ask(statement):
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(f"{os.environ['PGHOST']}/.s.PGSQL.{os.environ['PGPORT']}")
        sign_in(server)
        server.sendall(message(b"Q", statement.encode() + b"\\0"))
        found, kind = b"", b""
        while kind != b"Z":
            kind, content = read(server)
            found = content[6:] if kind == b"D" else found
        return found.decode()

class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/say/"):
            print("said", self.path.rpartition("/")[2], flush=True)
        if self.path == "/slow":
            time.sleep(1.5)
        body = f"release NUMBER of {ask('SELECT count(*) FROM runs')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *words):
        pass

print("app NUMBER is up", flush=True)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""
_FILE = '[publish]\nruntime = "python"\nstart = "python app.py"\nrelease = "python client.py NUMBER 0"\ndrain_s = 4\n'


class Node:
    """The machine, and the process there that `nacre node join` is; without a `token` it is added first."""

    def __init__(self, house: House, far: Far, folder: Path, name: str, token: str | None = None) -> None:
        self.name = name
        self.far = far
        self.folder = folder
        self._house = house
        self._token = token or str(house.call("node.add", name=name, role=["runtime"])["token"])
        self._process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"{self.far.far}:{_PORT}"

    def up(self) -> dict[str, Any]:
        """What it says once it has joined."""
        self._process = subprocess.Popen(
            [
                *self.far.within, sys.executable, "-m", "nacre", "node", "join",
                f"https://localhost:{self._house.settings.port}", "--cacert", self._house.home / "root.crt",
                "--listen", self.address, "--folder", self.folder, "--json",
            ],
            env={"PATH": os.environ["PATH"], "NACRE_HOME": str(self.folder), "NACRE_NODE_TOKEN": self._token},
            stdout=subprocess.PIPE, stderr=(self.folder / "said").open("ab"), text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said, (self.folder / "said").read_text()[-3000:]
        return dict(json.loads(said))

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def down(self) -> None:
        self._end(signal.SIGTERM)

    def apps(self) -> set[str]:
        """The names of app sandboxes that run there."""
        found = set()
        for record in (self.folder / "run" / "apps").glob("*/*/record.json"):
            pid = json.loads(record.read_text())["pid"]
            if Path(f"/proc/{pid}").exists():
                found.add(f"{record.parent.parent.name} {record.parent.name} {pid}")
        return found

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


class Visitors:
    """They ask an app all the time, each on a connection that is kept, some with a body; what failed is kept."""

    def __init__(self, url: str) -> None:
        self.pages: list[str] = []
        self.failed: list[str] = []
        self._url = url
        self._leave = threading.Event()
        self._asking = [threading.Thread(target=self._ask, args=(number,)) for number in range(4)]

    def __enter__(self) -> "Visitors":
        for each in self._asking:
            each.start()
        eventually(lambda: len(self.pages) > 10)
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        for each in self._asking:
            each.join()

    def _ask(self, number: int) -> None:
        with httpx.Client(verify=False, timeout=30) as client:
            while not self._leave.wait(0.01):
                try:
                    slow = number == 0
                    url = f"{self._url}slow" if slow else self._url
                    answer = client.post(url, content=b"x" * 5000) if number % 2 else client.get(url)
                    (self.pages if answer.status_code == 200 else self.failed).append(answer.text)
                except httpx.TransportError as error:
                    self.failed.append(repr(error))


def write_app(files: Path, number: int) -> None:
    (files / "client.py").write_text(_CLIENT.read_text())
    (files / "app.py").write_text(_APP.replace("NUMBER", str(number)))
    (files / "nacre.toml").write_text(_FILE.replace("NUMBER", str(number)))


def url_of(house: House, app: str) -> str:
    return f"https://localhost:{house.settings.port + 1}/apps/{app}/"


def said(house: House, app: str) -> list[str]:
    """What it was asked to say that is found in the logs, the newest first."""
    lines = house.call("log.search", of=app, query="said")["lines"]
    return [str(line["text"]).removeprefix("said ") for line in lines if line["name"] == f"app {app}"]


def page(house: House, app: str) -> str:
    return httpx.get(url_of(house, app), verify=False, timeout=40).text


@pytest.fixture(scope="module")
def far() -> Iterator[Far]:
    """There before the house, whose gateway knows the addresses that this machine has when it begins."""
    with tempfile.TemporaryDirectory(prefix="nacre-") as folder, far_away(Path(folder)) as far:
        yield far


@pytest.fixture(scope="module")
def house(far: Far) -> Iterator[House]:
    """Reached from other machines, too."""
    with house_on("btrfs" if can_mount("btrfs") else "copy", NACRE_MODE="full", NACRE_HOST="0.0.0.0") as house:
        yield house


@pytest.fixture(scope="module")
def shelf(house: House, far: Far) -> Iterator[Node]:
    """A node that joined, and an app that was published before."""
    folder = Path(tempfile.mkdtemp(prefix="nacre-"))
    folder.chmod(0o711)
    node = Node(house, far, folder, "shelf")
    try:
        node.up()
        house.call("project.create", name="shop")
        write_app(house.files("shop"), 1)
        house.call("app.publish", ref="shop")
        yield node
    finally:
        node.down()
        shutil.rmtree(folder, ignore_errors=True)
