"""Workspaces in a real sandbox: started on use, apart from one another, with the branch's files and database."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from tests.daemon import House
from tests.integration.workspaces.conftest import Run

from nacre.core.errors import NacreError
from nacre.surfaces.client import over_http

Until = Callable[..., Awaitable[None]]
COLD_START_S = 0.5


def test_a_workspace_starts_on_use_within_the_time_promised(house: House):
    seconds = []
    for _ in range(3):
        house.call("workspace.stop", ref="shop")
        began = time.monotonic()
        house.call("terminal.open", ref="shop", name="prompt")
        seconds.append(time.monotonic() - began)
    assert min(seconds) < COLD_START_S
    assert house.call("workspace.status", ref="shop")["state"] == "running"


def test_it_sees_the_branchs_files_and_a_home_that_persists(house: House, run: Run):
    (house.files("shop") / "from-outside").write_text("hello")
    assert run("shop", "cat", "/workspace/from-outside")["output"] == "hello"
    assert run("shop", "cat", "/home/owner/data/workspace/from-outside")["output"] == "hello"
    run("shop", "sh", "-c", "echo inside > from-inside; echo kept > ~/kept")
    assert (house.files("shop") / "from-inside").read_text() == "inside\n"
    house.call("workspace.stop", ref="shop")
    assert run("shop", "sh", "-c", "cat ~/kept")["output"] == "kept\n"


def test_the_branchs_postgres_is_in_the_environment(house: House, run: Run):
    assert run("shop", "psql", "-Atc", "SELECT current_user, current_database()")["output"] == "shop|shop\n"
    assert run("shop", "sh", "-c", 'psql "$DATABASE_URL" -Atc "SELECT 6 * 7"')["output"] == "42\n"


def test_programs_reach_it_by_tcp_too_as_people_do_from_outside(house: House, run: Run):
    assert run("shop", "psql", house.url("shop"), "-Atc", "SELECT 6 * 7")["output"] == "42\n"


def test_after_a_rewind_the_same_workspace_reaches_the_branch_as_it_is_then(house: House, run: Run):
    house.call("project.create", name="past")
    run("past", "psql", "-qc", "CREATE TABLE t AS SELECT 1 AS n")
    run("past", "sh", "-c", "echo one > note")
    house.call("checkpoint", ref="past", message="one")
    run("past", "psql", "-qc", "UPDATE t SET n = 2")
    run("past", "sh", "-c", "echo two > note")
    since = house.call("workspace.status", ref="past")["since"]
    house.call("rewind", ref="past", moment="one")
    assert run("past", "psql", "-Atc", "SELECT n FROM t")["output"] == "1\n"
    assert run("past", "cat", "note")["output"] == "one\n"
    assert house.call("workspace.status", ref="past")["since"] == since


def test_one_person_sees_nothing_of_another_branch_or_of_another_persons_home(house: House, run: Run):
    house.call("project.create", name="bank")
    run("bank", "sh", "-c", "echo secret > secret; echo secret > ~/secret", person="bob")
    looked = run(
        "shop", "sh", "-c", "find / -name secret -not -path '/proc/*' -not -path '/sys/*' 2>/dev/null; ls /home"
    )
    assert looked["output"] == "owner\n"
    port = house.url("bank").rpartition(":")[2].partition("/")[0]
    assert run("shop", "psql", house.url("bank"), "-c", "SELECT 1")["exit_code"] == 2
    assert run("shop", "ls", str(house.home / "run" / "pg" / port))["exit_code"] != 0
    assert run("bank", "cat", "secret")["output"] == "secret\n"
    assert run("bank", "sh", "-c", "ls ~")["output"] == "data\n"


def test_what_the_machines_owner_puts_there_can_be_worked_on(house: House, run: Run, until: Until):
    folder = house.files("shop") / "vendor"
    folder.mkdir()
    (folder / "lib.py").write_text("x = 1\n")
    deadline = time.monotonic() + 10
    while run("shop", "sh", "-c", "echo 'x = 2' > vendor/lib.py && touch vendor/more")["exit_code"] != 0:
        assert time.monotonic() < deadline
    assert (folder / "lib.py").read_text() == "x = 2\n"


@pytest.mark.root
def test_a_file_with_another_name_elsewhere_is_not_given_away(house: House, run: Run, tmp_path: Path):
    cached = house.home / "cached"
    cached.write_text("of a package manager's cache")
    os.link(cached, house.files("shop") / "linked")
    (house.files("shop") / "beacon").write_text("")
    deadline = time.monotonic() + 10
    while run("shop", "sh", "-c", "echo . > beacon")["exit_code"] != 0:
        assert time.monotonic() < deadline
    assert cached.stat().st_uid == os.geteuid()
    (house.files("shop") / "linked").unlink()


def test_exec_passes_on_what_a_command_writes_and_its_exit_code(house: House):
    done = house.run("exec", "shop", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 7)
    assert house.run("exec", "shop", "--", "sh", "-c", "kill -9 $$").returncode == 137
    assert house.run("exec", "shop", "--", "cat").stdout == "", "standard input is empty, not open"
    assert house.run("exec", "shop", "--cwd", "/tmp", "--", "pwd").stdout == "/tmp\n"


def test_a_command_that_is_not_there_or_takes_too_long_is_refused_in_words(house: House, run: Run):
    with pytest.raises(NacreError) as missing:
        run("shop", "no-such-program")
    assert missing.value.code == "process-not-started"
    assert missing.value.message == "no-such-program: No such file or directory"
    transport = httpx.HTTPTransport(uds=str(house.settings.socket))
    with httpx.Client(transport=transport, base_url="http://nacre", timeout=20) as client:
        answer = client.post("/api/projects/shop/exec", json={"command": ["no-such-program"]})
        assert answer.status_code == 400, "the words of the call are wrong: nothing of ours failed"
    with pytest.raises(NacreError) as slow:
        run("shop", "sleep", "60", timeout_s=0.3)
    assert slow.value.code == "command-timed-out"
    assert "sleep" not in run("shop", "ps", "-eo", "comm")["output"]


async def test_a_command_ends_with_whoever_asked_for_it(house: House, run: Run, until: Until):
    transport = httpx.HTTPTransport(uds=str(house.settings.socket))
    with httpx.Client(transport=transport, base_url="http://nacre", timeout=20) as client:
        body = {"command": ["sh", "-c", "echo began; exec sleep 1234"]}
        asked = {"Accept": "text/event-stream"}
        with client.stream("POST", "/api/projects/shop/exec", json=body, headers=asked) as response:
            for line in response.iter_lines():
                if line.startswith("event: output"):
                    break
        running = lambda: "sleep 1234" in run("shop", "ps", "-eo", "args")["output"]  # noqa: E731
        await until(lambda: not running())


def test_much_output_comes_whole(house: House):
    done = house.run("exec", "shop", "--", "seq", "200000")
    assert done.stdout.splitlines() == [str(number) for number in range(1, 200001)]


def test_logs_are_read_and_followed_under_the_name_of_their_process(house: House, run: Run):
    house.call("project.create", name="noisy")
    run("noisy", "true")
    assert house.call("workspace.logs", ref="noisy") == {"logs": []}
    follower = subprocess.Popen(
        [sys.executable, "-m", "nacre", "workspace", "logs", "noisy", "--follow"],
        stdout=subprocess.PIPE, env=house.environment, text=True,
    )  # fmt: skip
    serving = "echo began; exec python3 -um http.server --bind 127.0.0.1 $PORT"
    (house.files("noisy") / "nacre.toml").write_text(f"[dev]\nrun = '{serving}'\n")
    house.call("preview.start", ref="noisy")
    assert follower.stdout is not None
    name = follower.stdout.readline()
    assert re.fullmatch("==> [a-z0-9-]+ <==\n", name)
    assert follower.stdout.readline() == "began\n"
    house.call("workspace.stop", ref="noisy")
    assert follower.wait(20) == 0, "it ends with the workspace"
    follower.stdout.close()
    kept = house.call("workspace.logs", ref="noisy")["logs"]
    assert [(f"==> {log['process']} <==\n", log["text"].split("\n")[0], log["cut"]) for log in kept] == [
        (name, "began", False)
    ]
    with pytest.raises(NacreError) as nothing:
        house.call("workspace.logs", ref="noisy", process="nothing")
    assert nothing.value.code == "process-not-found"


def test_viewers_look_and_do_not_touch(house: House):
    token = house.call("token.create", name="look", role="viewer", kind="person")["token"]
    looker = over_http(f"http://127.0.0.1:{house.settings.port}", token)
    verbs = house.verbs
    for name in ("workspace.status", "workspace.logs", "terminal.list"):
        looker.call(verbs[name], {"ref": "shop", "person": "owner"})
    assert [row["person"] for row in looker.call(verbs["workspace.list"], {}) if row["ref"] == "shop"] == ["owner"]
    for name, more in (
        ("workspace.start", {}),
        ("workspace.stop", {}),
        ("workspace.exec", {"command": ["true"]}),
        ("terminal.open", {"name": "main"}),
        ("terminal.close", {"name": "main"}),
    ):
        with pytest.raises(NacreError) as refused:
            looker.call(verbs[name], {"ref": "shop", "person": "owner", **more})
        assert refused.value.code == "not-allowed", name


def test_a_user_acts_in_no_other_ones_workspace(house: House):
    token = house.call("token.create", name="work", role="user", kind="person")["token"]
    user = over_http(f"http://127.0.0.1:{house.settings.port}", token)
    with pytest.raises(NacreError) as refused:
        user.call(house.verbs["workspace.exec"], {"ref": "shop", "person": "bob", "command": ["true"]})
    assert refused.value.code == "not-yours"


def test_with_a_branch_go_its_workspaces_and_with_the_project_the_homes(house: House, run: Run):
    house.call("project.create", name="gone")
    house.call("branch.create", ref="gone", name="try")
    run("gone:try", "true")
    run("gone", "sh", "-c", "sleep 500 & echo x > ~/x")
    home = house.home / "workspaces" / "owner" / "gone"
    house.call("branch.delete", ref="gone:try")
    assert [row["ref"] for row in house.call("workspace.list") if row["ref"].startswith("gone")] == ["gone"]
    assert home.exists()
    house.call("project.delete", ref="gone")
    assert not home.exists()
    assert not [row for row in house.call("workspace.list") if row["ref"].startswith("gone")]


def test_nobody_has_a_workspace_who_may_not_sign_in(house: House, run: Run):
    with pytest.raises(NacreError) as nobody:
        run("shop", "true", person="nobody-here")
    assert nobody.value.code == "person-not-found"


async def test_with_a_person_go_their_workspaces_and_homes(house: House, run: Run, until: Until):
    house.call("person.invite", name="eve", role="user")
    run("shop", "sh", "-c", "echo secret > ~/secret", person="eve")
    house.call("person.disable", name="eve")
    await until(lambda: house.call("workspace.status", ref="shop", person="eve")["state"] == "stopped")
    with pytest.raises(NacreError):
        run("shop", "true", person="eve")
    house.call("person.remove", name="eve")
    await until(lambda: not (house.home / "workspaces" / "eve").exists())
    house.call("person.invite", name="eve", role="user")
    assert run("shop", "sh", "-c", "cat ~/secret", person="eve")["exit_code"] != 0


async def test_who_is_taken_out_of_a_project_leaves_nothing_running_there(house: House, run: Run, until: Until):
    def state(project: str) -> str:
        return str(house.call("workspace.status", ref=project, person="fay")["state"])

    house.call("project.create", name="kept")
    house.call("person.invite", name="fay", role="user")
    for project in ("shop", "kept"):
        house.call("member.set", ref=project, name="fay", role="user")
        run(project, "true", person="fay")
    house.call("member.set", ref="shop", name="fay", role="admin")
    house.call("member.set", ref="shop", name="fay", role="viewer")
    await until(lambda: state("shop") == "stopped")
    house.call("member.set", ref="shop", name="fay", role="user")
    run("shop", "true", person="fay")
    house.call("member.remove", ref="shop", name="fay")
    await until(lambda: state("shop") == "stopped")
    assert state("kept") == "running"
