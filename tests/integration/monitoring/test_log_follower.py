"""The process that follows logs, really killed, really flooded; and a real server that takes what is passed on."""

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, ClassVar

import pytest
from tests.waiting import eventually

from nacre.engines.logs.line import Entry, Level, Line
from nacre.engines.logs.query import Phrase, Query
from nacre.engines.logs.reader import Reader
from nacre.engines.logs.search import ends, search
from nacre.monitoring.logs.caps import Caps
from nacre.monitoring.logs.condition import FILE, told_in
from nacre.monitoring.logs.events import events
from nacre.monitoring.logs.follower import SHELF, Follower
from nacre.monitoring.logs.pushing import Push
from nacre.monitoring.logs.service import Told
from nacre.monitoring.logs.source import Source, write_plan

MB = 1 << 20
MOST = 10_000_000


class Followed:
    """Logs in a folder, and the process that follows them."""

    def __init__(self, folder: Path, source_mb: int = 64, push_url: str = "") -> None:
        self.logs, self.shelves, self.plan = folder / "log", folder / "shelves", folder / "plan.json"
        self.output = folder / "output"
        self.logs.mkdir()
        self.told = Told(self.plan, self.shelves, Caps(source_mb * MB, 14, 1 << 30), push_url)
        write_plan(self.plan, [Source("x", "", "nacre", str(self.logs), each=True)])

    def start(self) -> "subprocess.Popen[bytes]":
        argv = [sys.executable, "-P", "-m", "nacre.monitoring.logs.process"]
        with self.output.open("ab") as output:
            process = subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=output)
        assert process.stdin is not None
        process.stdin.write(self.told.document())
        process.stdin.close()
        return process

    def said(self) -> str:
        return self.output.read_text()

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        process = self.start()
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)

    def end(self, name: str) -> int:
        """The number of the next line."""
        return ends({name: Reader(self.shelves / f"x.{name}" / SHELF)})[name]

    def kept(self, name: str) -> list[Line]:
        """The oldest first."""
        reader = Reader(self.shelves / f"x.{name}" / SHELF)
        return [hit.line for hit in reversed(search({name: reader}, Query(), most=MOST, within_s=60).hits)]

    def last(self, name: str) -> str:
        found = search({name: Reader(self.shelves / f"x.{name}" / SHELF)}, Query(), most=1).hits
        return found[0].line.text.decode() if found else ""

    def texts(self, name: str) -> list[str]:
        return [line.text.decode() for line in self.kept(name)]


def test_kills_in_the_middle_lose_no_line_and_make_none_twice(tmp_path: Path) -> None:
    followed, count = Followed(tmp_path), 0

    def write(lines: int) -> None:
        nonlocal count
        log.write(b"".join(b"line %d %s\n" % (number, b"x" * 60) for number in range(count, count + lines)))
        count += lines

    with (followed.logs / "app.log").open("ab", buffering=0) as log:
        for kill_after_s in (0, 0.01, 0.03, 0.1):
            process, before = followed.start(), followed.end("app")
            write(500)
            eventually(partial(lambda before: followed.end("app") > before, before), 20, every_s=0.001)
            write(20_000)
            with suppress(subprocess.TimeoutExpired):  # it is anywhere in it when it is killed
                process.wait(kill_after_s)
            process.kill()
            process.wait()
        with followed.running():
            eventually(lambda: followed.end("app") > count, 30)
    assert [int(text.split()[1]) for text in followed.texts("app")] == list(range(count))


def test_what_is_hidden_is_soon_nowhere_in_the_file_of_postgres_either(tmp_path: Path) -> None:
    """Also where it is killed between the two; a line as long as several reads is one."""
    followed, count = Followed(tmp_path), 0
    path = followed.logs / "postgres.log"
    write_plan(followed.plan, [Source("x.postgres", "", "postgres", str(path))])
    long = b"SELECT '%s'" % (b"y" * 3 * MB)

    def write(log: IO[bytes], lines: int) -> None:
        nonlocal count
        for number in range(count, count + lines):
            spelt = b"ALTER ROLE ann PASSWORD 'z7Qq%d'" % number
            log.write(b"2026-01-31 10:42:00 UTC LOG:  %d %s%s\n" % (number, spelt, long if number % 1000 == 7 else b""))
        count += lines

    with path.open("ab", buffering=0) as log:
        for kill_after_s in (0, 0.01, 0.05):
            process = followed.start()
            write(log, 2000)
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.3 + kill_after_s)
            process.kill()
            process.wait()
        with followed.running():
            eventually(lambda: followed.end("postgres") > count, 30)
            write(log, 1)
            eventually(lambda: followed.end("postgres") > count, 30)
        assert path.stat().st_size == log.tell()
    assert b"z7Qq" not in path.read_bytes()
    texts = followed.texts("postgres")
    assert [int(text.split()[4]) for text in texts] == list(range(count))
    assert all("PASSWORD '***'" in text for text in texts)


def test_of_a_child_that_floods_what_is_left_out_is_counted_to_the_byte(tmp_path: Path) -> None:
    followed, block = Followed(tmp_path, source_mb=8), b"".join(b"%07d %s\n" % (i, b"y" * 91) for i in range(10_000))
    path, written = followed.logs / "flood.log", 0
    quiet = (followed.logs / "quiet.log").open("ab", buffering=0)
    with followed.running(), path.open("ab", buffering=0) as log, quiet:
        began = time.monotonic()
        while time.monotonic() - began < 1.5:
            log.write(block)
            written += len(block)
        quiet.write(b"still heard\n")
        eventually(lambda: followed.end("quiet") == 2, 20)
        log.write(b"the end\n")
        eventually(lambda: followed.last("flood") == "the end", 30, every_s=0.1)
        eventually(lambda: path.stat().st_blocks * 512 < 16 * MB)
        texts = followed.texts("flood")
        eventually(lambda: (said := told_in(followed.plan.with_name(FILE))) and said.lines == len(texts) + 1)
    left_out = sum(int(text[1:].split()[0]) for text in texts if text.startswith("["))
    kept = sum(len(text) + 1 for text in texts if not text.startswith("["))
    assert left_out + kept == written + len("the end\n")
    condition = told_in(followed.plan.with_name(FILE))
    assert condition is not None
    assert (condition.left_out_bytes, condition.behind_bytes, condition.unkept) == (left_out, 0, 0)


def test_noise_is_kept_as_text_and_stops_nothing(tmp_path: Path) -> None:
    followed = Followed(tmp_path)
    noise = random.Random(7).randbytes(MB)
    (followed.logs / "noise.log").write_bytes(noise + b"\nafter it\n")
    with followed.running():
        eventually(lambda: followed.last("noise") == "after it", 20)
    assert len(followed.texts("noise")) == noise.count(b"\n") + 2


def test_a_line_of_a_stack_trace_is_found_with_all_of_it(tmp_path: Path) -> None:
    followed = Followed(tmp_path)
    trace = [
        "2026-01-31 ERROR no sale",
        "Traceback (most recent call last):",
        '  File "till.py"',
        "  numbat()",
        "Error: 7",
    ]
    (followed.logs / "app.log").write_text("\n".join(["before", *trace, "after", *trace, ""]))
    with followed.running():
        eventually(lambda: followed.end("app") == 13, 20)
    readers = {"app": Reader(followed.shelves / "x.app" / SHELF)}
    hits = search(readers, Query((Phrase("numbat"),))).hits
    found = [event for _, event in events([*hits, hits[0]], readers)]
    assert [[line.text.decode() for line in (event.first, *event.rest)] for event in found] == [trace, trace]
    assert [event.first.number for event in found] == [8, 2]


def test_shelves_that_were_deleted_or_damaged_are_begun_again_and_stop_no_other(tmp_path: Path) -> None:
    followed = Followed(tmp_path)
    with (followed.logs / "app.log").open("ab", buffering=0) as log, followed.running():
        log.write(b"begin\n")
        eventually(lambda: followed.last("app") == "begin", 20)
        shutil.rmtree(followed.shelves / "x.app")
        (followed.shelves / "x.other").write_bytes(b"in the way")
        (followed.logs / "other.log").write_bytes(b"nowhere to go\n")
        log.write(b"again\n")
        eventually(lambda: followed.last("app") == "again", 20)
        (followed.shelves / "x.other").unlink()
        eventually(lambda: followed.last("other") == "nowhere to go", 20)


def test_what_is_too_much_or_too_old_goes_and_what_is_gone_with_its_last_line(tmp_path: Path) -> None:
    caps = Caps(8 * MB, 1, 12 * MB)
    followed = Followed(tmp_path)
    for name in ("one", "two"):
        (followed.logs / f"{name}.log").write_bytes(
            b"".join(os.urandom(500).hex().encode() + b"\n" for _ in range(20_000))
        )
    follower = Follower(followed.plan, followed.shelves, caps)
    while follower.look():
        pass
    follower.tend()
    held = {
        folder.name: sum(file.stat().st_size for file in folder.rglob("*")) for folder in followed.shelves.iterdir()
    }
    assert all(2 * MB < size < 8 * MB for size in held.values()) and sum(held.values()) < 12 * MB
    assert followed.last("two")
    write_plan(followed.plan, [])
    follower.look()
    day_before_yesterday = time.time() - 2 * 86_400
    for file in (followed.shelves / "x.one").rglob("*"):
        os.utime(file, (day_before_yesterday, day_before_yesterday))
    follower.tend()
    assert [folder.name for folder in followed.shelves.iterdir()] == ["x.two"]
    follower.close()


def test_a_shelf_that_cannot_be_made_smaller_keeps_no_other_from_it(tmp_path: Path) -> None:
    followed = Followed(tmp_path)
    follower = Follower(followed.plan, followed.shelves, Caps(8 * MB, 1, 100))
    (followed.logs / "app.log").write_bytes(b"kept\n")
    (followed.shelves / "begun").mkdir()  # the disk was full, or it was killed, before anything was on it
    (followed.shelves / "a.broken").mkdir()
    (followed.shelves / "a.broken" / SHELF).write_bytes(b"no shelf at all" * 100)
    for _ in range(2):
        follower.look()
        follower.tend()
    assert followed.end("app") == 2
    follower.close()


def test_a_source_that_is_quiet_is_looked_at_less_often_and_all_of_it_is_read_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nacre.monitoring.logs.follower._QUIET_AFTER_S", 0.0)
    monkeypatch.setattr("nacre.monitoring.logs.follower._QUIET_EVERY_S", 3600.0)
    followed = Followed(tmp_path)
    follower = Follower(followed.plan, followed.shelves, Caps(8 * MB, 1, 1 << 30))
    log = followed.logs / "app.log"
    log.write_bytes(b"begun\n")
    follower.look()
    assert followed.last("app") == "begun"
    log.write_bytes(b"begun\nended\n")
    follower.look()
    assert followed.last("app") == "begun"
    follower.look(quiet=True)
    assert followed.last("app") == "ended"
    follower.close()


class Loki(BaseHTTPRequestHandler):
    """Takes what Loki takes; the first time it is down."""

    got: ClassVar[list[tuple[dict[str, str], str]]] = []
    refusals: ClassVar[list[int]] = [503]

    def do_POST(self) -> None:
        body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.refusals.pop() if self.refusals else 204
        if status == 204:
            for stream in json.loads(body)["streams"]:
                self.got.extend((stream["stream"], text) for _, text in stream["values"])
        said = b"" if status == 204 else b"no org id"
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def listening(kind: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address without its scheme."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}/loki/api/v1/push"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_lines_are_passed_on_to_a_loki_once_it_takes_them(tmp_path: Path) -> None:
    with listening(Loki) as address:
        followed = Followed(tmp_path, push_url=f"http://{address}")
        (followed.logs / "gateway.log").write_text("hello 世界\n")
        with followed.running():
            eventually(lambda: Loki.got, 20)
    ((labels, text),) = Loki.got
    assert text == "hello 世界"
    assert labels == {"job": "nacre", "kind": "nacre", "name": "gateway", "process": "gateway"}


class Refusing(Loki):
    asked: ClassVar[list[str]] = []
    refusals: ClassVar[list[int]] = [401] * 100

    def do_POST(self) -> None:
        super().do_POST()
        self.asked.append(self.path)


def test_what_is_refused_is_said_once_and_with_no_password(caplog: pytest.LogCaptureFixture) -> None:
    """What is said of it is a line of a log, which is passed on: each refusal would be followed by the next one."""
    source = Source("x", "x", "nacre", "/x")
    with listening(Refusing) as address:
        push = Push(f"http://ann:numbat@{address}")
        for count in range(1, 4):
            push.offer(source, 1, [Entry(1, Level.INFO, b"a line")])
            eventually(partial(lambda count: len(Refusing.asked) == count, count))
        push.close()
    (said,) = caplog.messages
    assert "refused log lines with 401" in said and "no org id" in said and "numbat" not in said


class Late(Loki):
    got: ClassVar[list[tuple[dict[str, str], str]]] = []
    refusals: ClassVar[list[int]] = [503]


def test_empty_lines_that_wait_are_bounded_as_others_are(caplog: pytest.LogCaptureFixture) -> None:
    """Each takes memory, though it has no text: an app that writes nothing but line ends must not fill it."""
    source = Source("x", "x", "nacre", "/x")
    with listening(Late) as address:
        push = Push(f"http://{address}")
        for first in range(0, 100_000, 1000):
            push.offer(source, first, [Entry(1, Level.INFO, b"")] * 1000)
        eventually(lambda: any("were not passed on" in said for said in caplog.messages), 20)
        push.close()
    assert 10_000 < len(Late.got) < 60_000


@pytest.mark.root
def test_a_full_disk_holds_up_nobody_and_is_made_up_for(tmp_path: Path) -> None:
    followed = Followed(tmp_path)
    followed.shelves.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(followed.shelves)]
    subprocess.run(mount, check=True)
    try:
        with (followed.logs / "app.log").open("ab", buffering=0) as log, followed.running():
            log.write(b"begin\n")
            eventually(lambda: followed.texts("app"))
            fill = followed.shelves / "fill"
            fill.write_bytes(b"0" * (180 << 10))
            log.write(b"".join(b"%d %s\n" % (number, os.urandom(500).hex().encode()) for number in range(90)))
            eventually(lambda: "not kept for now" in followed.said())
            fill.unlink()
            eventually(lambda: followed.last("app").startswith("89 "), 20)
        assert [text.split()[0] for text in followed.texts("app")] == ["begin", *map(str, range(90))]
    finally:
        subprocess.run(["umount", "--lazy", str(followed.shelves)], check=True)
