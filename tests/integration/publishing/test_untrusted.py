"""Apps that mean harm are contained and told of; what cannot be published is refused, and the old one stays."""

import json
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest
from tests.applications import lay_out
from tests.daemon import House
from tests.integration.gateway.conftest import client
from tests.integration.publishing.apps import page, write_app
from tests.integration.publishing.spy import SPY

from nacre.core.errors import NacreError

pytestmark = pytest.mark.xdist_group("builds")

_FILE = '[publish]\nruntime = "python"\nstart = "python app.py"\nmemory_mb = 128\ndrain_s = 0\n'


@pytest.fixture(scope="module", autouse=True)
def neighbour(house: House) -> None:
    """An app that does nobody any harm, and keeps a secret."""
    house.call("project.create", name="quay")
    write_app(house.files("quay"), 1)
    house.call("app.publish", ref="quay")


@pytest.fixture(scope="module")
def spy(house: House) -> Iterator[httpx.Client]:
    house.call("project.create", name="spy")
    lay_out({"app.py": SPY, "nacre.toml": _FILE}, house.files("spy"))
    house.call("app.publish", ref="spy")
    with client(house, house.settings.content_port) as visitor:
        yield visitor


def tried(visitor: httpx.Client, *asked: tuple[Any, ...]) -> dict[str, Any]:
    answer = visitor.post("/apps/spy/try", content=json.dumps(asked).encode())
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_app_reaches_nothing_of_nacres_and_nothing_of_its_neighbours(house: House, spy: httpx.Client) -> None:
    home, quay = house.home, house.home / "run" / "apps" / "quay"
    neighbour = next(quay.glob("*/ports/*.sock"))
    port = house.url("quay").rpartition(":")[2].partition("/")[0]
    files = tried(
        spy, ("list", str(home)), ("read", f"{home}/data.db"), ("read", f"{home}/secret.key"), ("list", str(quay)),
        ("list", f"{home}/projects/quay"), ("read", "/etc/shadow"), ("read", "/proc/1/environ"),
    )  # fmt: skip
    assert all(came in ("FileNotFoundError", "PermissionError") for came in files.values()), files
    sockets = tried(
        spy, *(("unix", str(home / "run" / name)) for name in ("nacre.sock", "gateway.sock", "door/api.sock")),
        ("unix", str(neighbour)), ("unix", f"{home}/run/pg/{port}/.s.PGSQL.{port}"),
    )  # fmt: skip
    assert set(sockets.values()) == {"FileNotFoundError"}, sockets
    own = [one.address for cards in psutil.net_if_addrs().values() for one in cards if one.family == socket.AF_INET]
    doors = [(host, house.settings.port) for host in ("127.0.0.1", "10.0.2.2", *own)]
    reached = tried(spy, *(("tcp", *door) for door in [*doors, ("127.0.0.1", port), ("169.254.169.254", 80)]))
    assert "connected" not in reached.values(), reached
    environments = tried(spy, ("environ",))["environ"]
    assert house.call("project.show", ref="quay")["database_url"] not in str(environments)


def test_a_port_that_it_takes_is_its_own_and_nobodys_else(house: House, spy: httpx.Client) -> None:
    taken = tried(spy, ("bind", "127.0.0.1", house.settings.port), ("bind", "0.0.0.0", 8081), ("kill", -1))
    assert list(taken.values())[:2] == ["bound", "bound"]
    assert page(house, "quay").startswith("release 1 ")
    assert house.call("system.status")["gateway"]["state"] == "running"
    rows = [one for one in house.call("port.list") if one["address"] == "0.0.0.0:8081 inside"]
    assert [(one["project"], one["reach"]) for one in rows] == [("spy", "sandbox")], "it is told, and reaches nobody"
    assert [one for one in house.call("port.list") if one["why"]] == []


def test_what_goes_wrong_inside_is_told_and_disturbs_nobody(house: House, spy: httpx.Client, until_true) -> None:
    house.call("app.start", app="spy")
    until_true(lambda: spy.get("/apps/spy/").status_code == 200)
    forked = spy.get("/apps/spy/fork")
    assert forked.status_code == 502 or 0 < forked.json() < 5000, "it met the limit of its processes, or of its memory"
    until_true(lambda: spy.get("/apps/spy/").status_code == 200)
    assert spy.get("/apps/spy/leak").status_code == 502
    until_true(lambda: "128 MB" in str(house.call("app.why", app="spy")))
    until_true(lambda: spy.get("/apps/spy/").status_code == 200)
    assert spy.get("/apps/spy/break").status_code == 500
    why = house.call("app.why", app="spy")
    assert (why["stops_at"], "the fault is in the app" in why["said"]) == ("sandbox", True)
    assert page(house, "quay").startswith("release 1 ")


@pytest.fixture
def until_true():
    """Ask again and again, as a person does, for a while."""
    import time

    def wait(condition) -> None:
        deadline = time.monotonic() + 15
        while not condition():
            assert time.monotonic() < deadline, "not within 15 s"

    return wait


def test_no_app_takes_a_name_that_leads_elsewhere(house: House) -> None:
    for name in ("content", "main--shop", "shop-"):
        with pytest.raises(NacreError) as refused:
            house.call("app.publish", ref="quay", app=name)
        assert refused.value.code == "bad-name"
        assert refused.value.hint


_NODE = '{"name": "x", "dependencies": {"ms": "2.1.3"}, "scripts": {"start": "node x.js"}}'
_INDEX = '[publish.env]\nUV_DEFAULT_INDEX = "http://192.0.2.1/"\nUV_HTTP_TIMEOUT = "1"\nUV_HTTP_RETRIES = "0"\n'
BAD = {
    "bad-lock-file": {"package.json": _NODE, "package-lock.json": "{"},
    "nothing-to-publish": {"notes.txt": "nothing that runs"},
    "bad-project-file": {"index.html": "x", "nacre.toml": "[publish]\nstrat = 'x'\n"},
    "build-failed": {"index.html": "x", "nacre.toml": "[publish]\nbuild = 'echo no glue; exit 3'\nstatic = '.'\n"},
    "registry-down": {"app.py": "x", "requirements.txt": "flask==3.1.0\n", "nacre.toml": f"{_FILE}{_INDEX}"},
    "release-crashed": {"app.py": "import nothing_like_it", "nacre.toml": _FILE},
    "folder-not-found": {"index.html": "x", "nacre.toml": "[publish]\nfolder = 'web'\n"},
    "image-too-large": {"index.html": "x", "large.bin": "", "nacre.toml": "[publish]\nstatic = '.'\n"},
}


@pytest.mark.parametrize("code", BAD)
def test_what_cannot_be_published_is_refused_with_the_next_step_and_the_old_one_stays(house: House, code: str) -> None:
    files = house.files("quay")
    for entry in files.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    lay_out(BAD[code], files)
    if "large.bin" in BAD[code]:
        with (files / "large.bin").open("wb") as large:
            large.truncate(60 << 20)
    with pytest.raises(NacreError) as refused:
        house.call("app.publish", ref="quay")
    assert refused.value.code == code, f"{refused.value.code}: {refused.value.message} {refused.value.hint}"
    assert refused.value.hint
    assert page(house, "quay").startswith("release 1 ")
    assert house.call("app.show", app="quay")["status"] == "running"


def test_an_app_that_follows_a_deleted_one_has_nothing_of_it(house: House) -> None:
    house.call("project.create", name="berth")
    lay_out({"index.html": "first"}, house.files("berth"))
    house.call("app.publish", ref="berth")
    house.call("app.delete", app="berth")
    lay_out({"index.html": "second"}, house.files("berth"))
    assert house.call("app.publish", ref="berth", app="pier")["release"]["number"] == 1
    assert page(house, "pier") == "second"
