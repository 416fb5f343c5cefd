"""Caddy's command lines, and finding it."""

from pathlib import Path

import pytest

from nacre.engines.caddy import program
from nacre.engines.processes.command import run


def test_serving_one_configuration():
    argv = program.run_argv(Path("/e/caddy"), Path("/h/gateway/caddy.json"))
    assert argv == ["/e/caddy", "run", "--config", "/h/gateway/caddy.json"]


def test_ports_below_1024_come_with_one_right_and_no_other():
    assert program.with_low_ports(["caddy", "run"], 990, 991) == [
        "setpriv", "--reuid=990", "--regid=991", "--clear-groups", "--no-new-privs",
        "--inh-caps=-all,+net_bind_service", "--ambient-caps=-all,+net_bind_service",
        "--bounding-set=-all,+net_bind_service", "--", "caddy", "run",
    ]  # fmt: skip


def test_it_is_found_and_new_enough():
    assert program.version(program.find()) >= program.OLDEST


def test_a_copy_for_every_user_is_made_once(tmp_path):
    original = tmp_path / "original"
    original.write_text("#!/bin/sh\n")
    original.chmod(0o700)
    copy = program.placed(original, tmp_path / "engines" / "caddy")
    assert copy.stat().st_mode & 0o777 == 0o755
    inode = copy.stat().st_ino
    assert program.placed(original, tmp_path / "engines" / "caddy").stat().st_ino == inode
    original.write_text("#!/bin/sh\necho newer\n")
    assert program.placed(original, tmp_path / "engines" / "caddy").read_text() == original.read_text()


@pytest.mark.root
def test_that_user_has_that_one_right(unprivileged):
    shown = ["sh", "-c", "id -u; exec grep -h Cap /proc/self/status"]
    done = run(program.with_low_ports(shown, unprivileged.uid, unprivileged.gid), timeout_s=20)
    rights = dict(line.split(":\t") for line in done.text.splitlines()[1:])
    assert done.text.splitlines()[0] == str(unprivileged.uid), done.stderr
    assert {int(held, 16) for held in rights.values()} == {1 << 10}  # CAP_NET_BIND_SERVICE, see capability.h
