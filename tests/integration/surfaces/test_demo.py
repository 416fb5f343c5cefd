"""`nacre demo` as a newcomer meets it: no daemon yet, then once more in Chinese, in a narrow window."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import psycopg
from tests.daemon import House

from nacre.surfaces.cli.demo.shop import fingerprint
from nacre.surfaces.cli.running import stop


def test_the_demo_starts_what_it_needs_tells_its_record_and_leaves_the_project(house: House):
    house.down()
    try:
        done = house.run("demo", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout)
        assert (told["project"], told["branch"]) == ("demo", "demo:sale")
        assert told["seconds"] < 60, "half a minute on a machine of its own; the tests share theirs"
        assert 0 < told["downtime_seconds"] < told["rewind_seconds"]
        assert [step for step in told["steps"] if step["command"].startswith("nacre rewind demo ")]

        tree = fingerprint(Path(told["files_path"]))
        assert (tree.files, tree.sha256) == (told["files"], told["files_sha256"])
        with psycopg.connect(told["database_url"]) as connection:
            assert connection.execute("SELECT count(*) FROM orders").fetchone() == (told["orders"],)

        before_the_disaster = house.call("sql.run", ref="demo", command="SELECT count(*) FROM orders", at="open")
        assert before_the_disaster["rows"] == [[12_000]]
        assert house.call("branch.delete", ref="demo:sale")["removed"] == ["demo:sale"]
    finally:
        stop(house.settings.run, 60)


def test_the_demo_fits_a_narrow_window_without_colours_and_speaks_chinese(house: House):
    house.call("project.create", name="demo")
    text = in_a_window(house, 48, "demo", LANG="zh_CN.UTF-8", NO_COLOR="1", TERM="xterm")
    assert "\x1b[3" not in text, "a colour"
    assert "nacre project create demo-2" in text
    assert text.count("✓") == 4
    assert "回溯也可以撤销" in text
    told = [line for line in text.splitlines() if not line.startswith(" ") and "nacre" not in line.lower()]
    assert all(width_of(line) <= 48 for line in told)


def in_a_window(house: House, columns: int, *arguments: str, **more: str) -> str:
    """What a terminal of this width shows."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    theirs_alone = {"LC_ALL", "LC_MESSAGES", "COLUMNS", "LINES"}  # the window is as wide as it is
    environment = {name: value for name, value in house.environment.items() if name not in theirs_alone}
    process = subprocess.Popen(
        [sys.executable, "-m", "nacre", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment | more,
    )
    os.close(theirs)
    shown = bytearray()
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end of a pty is closed
            break
        shown += piece
    os.close(ours)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return re.sub(r"\r\n", "\n", shown.decode())


def width_of(line: str) -> int:
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in line)
