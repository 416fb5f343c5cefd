"""`nacre ports` tells what really listens, who may reach it, and what should not be so."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.integration.gateway.conftest import PASSWORD, client, sign_in

from nacre.system.doctor.check import Level
from nacre.system.doctor.checks.exposure import Exposure


@pytest.fixture(scope="module")
def opened(gated, ada):
    """A house with a project, in which a workspace runs with a program that listens."""
    gated.call("project.create", name="harbour")
    gated.call("workspace.start", ref="harbour")
    program = "python3 -m http.server 3000 --bind 0.0.0.0 >/dev/null 2>&1 & until python3 -c " + (
        "'import socket; socket.create_connection((\"127.0.0.1\", 3000))' 2>/dev/null; do :; done"
    )
    gated.call("workspace.exec", ref="harbour", command=["sh", "-c", program])
    yield gated
    gated.call("workspace.stop", ref="harbour")


def rows(house) -> dict[str, dict]:
    return {f"{one['protocol']} {one['address']}": one for one in house.call("port.list")}


def test_everything_that_listens_is_told_with_who_may_reach_it(opened):
    found, settings = rows(opened), opened.settings
    port = opened.url("harbour").rpartition(":")[2].partition("/")[0]
    told = {
        address: (found[address]["reach"], found[address]["needs"], found[address]["project"])
        for address in (
            f"tcp 127.0.0.1:{settings.port}", f"udp 127.0.0.1:{settings.port}", f"tcp 127.0.0.1:{port}",
            "unix run/nacre.sock", "unix run/door/api.sock", "tcp 0.0.0.0:3000 inside",
        )
    }  # fmt: skip
    assert told == {
        f"tcp 127.0.0.1:{settings.port}": ("machine", "sign-in", None),
        f"udp 127.0.0.1:{settings.port}": ("machine", "sign-in", None),
        f"tcp 127.0.0.1:{port}": ("machine", "password", "harbour"),
        "unix run/nacre.sock": ("daemon", "ownership", None),
        "unix run/door/api.sock": ("machine", "token", None),
        "tcp 0.0.0.0:3000 inside": ("sandbox", "nothing", "harbour"),
    }
    assert "workspace" in found["tcp 0.0.0.0:3000 inside"]["what"]
    assert found[f"tcp 127.0.0.1:{port}"]["what"] == "Postgres of harbour"
    assert [one for one in found.values() if one["why"]] == []
    assert Exposure().look(settings).level is Level.OK
    said = opened.run("ports").stdout
    assert "through the gateway" in said
    assert "All of it is as configured" in said


def test_people_see_what_belongs_to_their_projects(opened, browser):
    opened.call("project.create", name="quiet")
    assert rows(opened).keys() > {"unix run/nacre.sock"}
    opened.call("member.set", ref="harbour", name=guest(opened), role="viewer")
    sign_in(browser, "gwen")
    seen = browser.get("/api/ports").json()
    assert {one["project"] for one in seen} == {"harbour"}


def guest(house) -> str:
    link = str(house.call("person.invite", name="gwen")["link"]["url"])
    chosen = {"link": link.partition("#link=")[2], "password": PASSWORD}
    with client(house, house.settings.port) as one:
        assert one.post("/api/sign-in/link", json=chosen).status_code == 200
    return "gwen"


@contextmanager
def listening_in(folder, told) -> Iterator[int]:
    """A stray process that works in that folder and listens for everybody; its port, which it writes to `told`."""
    program = (
        "import pathlib, socket, sys; s = socket.socket(); s.bind(('0.0.0.0', 0)); s.listen(); "
        "pathlib.Path(sys.argv[1]).write_text(str(s.getsockname()[1])); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program, told], cwd=folder, stdin=subprocess.PIPE) as stray:
        while not told.exists() or not told.read_text():
            assert stray.poll() is None
        yield int(told.read_text())


def test_what_should_not_listen_comes_first_and_says_why(opened, tmp_path):
    owner = opened.settings.socket
    with listening_in(opened.home / "projects", tmp_path / "port") as port:
        owner.chmod(0o666)
        try:
            found = opened.call("port.list")
            said = Exposure().look(opened.settings)
            shown = opened.run("ports").stdout
        finally:
            owner.chmod(0o600)
    wrong = {one["address"]: (one["state"], one["reach"], one["why"]) for one in found if one["why"]}
    assert wrong == {
        f"0.0.0.0:{port}": (
            "unexpected", "network", "Nothing of Nacre is meant to listen here, and the network can connect to it.",
        ),
        "run/nacre.sock": (
            "unexpected", "machine", "It is for Nacre itself, but everybody on this machine can connect to it.",
        ),
    }  # fmt: skip
    assert all(one["why"] for one in found[:2])
    assert said.level is Level.FAIL
    assert f"✗ 0.0.0.0:{port}" in shown
