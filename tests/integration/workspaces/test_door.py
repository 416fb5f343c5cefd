"""What a workspace reaches of the daemon: the API through its door, with its own token, on its own branch alone."""

import json
import socket
from contextlib import ExitStack

import httpx
import pytest
from tests.daemon import House
from tests.integration.workspaces.conftest import Run

ASK = """
import json, os, sys, urllib.request, urllib.error
request = urllib.request.Request(os.environ["NACRE_URL"] + sys.argv[1])
request.add_header("Authorization", "Bearer " + (sys.argv[2] if len(sys.argv) > 2 else os.environ["NACRE_TOKEN"]))
try:
    print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).status)
except urllib.error.HTTPError as error:
    print(error.code, json.load(error)["error"]["code"])
"""


@pytest.fixture(scope="module", autouse=True)
def projects(house: House) -> None:
    house.call("project.create", name="bank")
    house.call("branch.create", ref="shop", name="side")


def test_nacre_and_http_and_mcp_work_from_inside(house: House, run: Run):
    shown = json.loads(run("shop", "nacre", "project", "show", "shop", "--json")["output"])
    assert shown["database_url"] == house.url("shop")
    assert run("shop", "python3", "-c", ASK, "/api/projects/shop")["output"] == "200\n"
    call = '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}'
    listed = run(
        "shop", "sh", "-c",
        f"curl -s $NACRE_URL/mcp -H \"Authorization: Bearer $NACRE_TOKEN\" -H 'Content-Type: application/json' "
        f"-H 'Accept: application/json, text/event-stream' -d '{call}'",
    )  # fmt: skip
    assert "call_operation" in listed["output"], listed


def test_an_agent_may_set_a_checkpoint_and_it_is_known_who_did(house: House, run: Run):
    assert run("shop", "nacre", "checkpoint", "shop", "-m", "agent")["exit_code"] == 0
    entry = next(one for one in house.call("log", ref="shop") if one["label"] == "agent")
    assert entry["who"] == "agent:workspace of owner"


@pytest.mark.parametrize("ref", ["bank", "shop:side"])
def test_no_other_branch_is_reached(run: Run, ref: str):
    refused = run("shop", "nacre", "project", "show", ref)
    assert refused["exit_code"] == 1
    assert "limited" in refused["output"] or "may not touch" in refused["output"]


def test_lists_name_no_other_branchs_password(house: House, run: Run):
    listed = run("shop:side", "nacre", "branch", "list", "shop:side", "--json")["output"]
    assert house.url("shop:side") in listed
    assert house.url("shop") not in listed
    projects = json.loads(run("shop:side", "nacre", "project", "list", "--json")["output"])
    assert [(one["ref"], one["database_url"]) for one in projects] == [("shop", None)]


@pytest.mark.parametrize(
    "line", ["token list", "token create x", "audit list", "project create mine", "project delete shop --yes"]
)
def test_nothing_that_is_not_a_users_is_allowed(run: Run, line: str):
    assert run("shop", "nacre", *line.split())["exit_code"] == 1


def test_the_door_takes_no_other_token_and_nobody_signs_in_there(house: House, run: Run):
    admin = house.call("token.create", name="admin", role="admin", kind="person")["token"]
    assert run("shop", "python3", "-c", ASK, "/api/projects/shop", admin)["output"] == "401 not-a-workspace\n"
    assert run("shop", "python3", "-c", ASK, "/api/projects/shop", "x")["output"] == "401 not-a-workspace\n"
    assert run("shop", "python3", "-c", ASK, "/api/session")["output"] == "403 not-from-inside\n"
    assert run("shop", "python3", "-c", ASK, "/api/sign-in")["output"] == "403 not-from-inside\n"


def test_the_token_is_worth_nothing_elsewhere_and_nothing_once_the_workspace_has_stopped(house: House, run: Run):
    token = run("shop", "printenv", "NACRE_TOKEN")["output"].strip()
    bearer = {"Authorization": f"Bearer {token}"}
    outside = f"http://127.0.0.1:{house.settings.port}/api/projects/shop"
    assert httpx.get(outside, headers=bearer).status_code == 401
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(house.settings.door)), base_url="http://nacre") as door:
        assert door.get("/api/projects/shop", headers=bearer).status_code == 200
        house.call("workspace.stop", ref="shop")
        assert door.get("/api/projects/shop", headers=bearer).status_code == 401
    assert run("shop", "printenv", "NACRE_TOKEN")["output"].strip() != token


def test_the_daemon_itself_is_out_of_reach(house: House, run: Run):
    for host in ("127.0.0.1", "10.0.2.2", "localhost"):
        tried = run("shop", "curl", "-s", "-m", "3", f"http://{host}:{house.settings.port}/healthz")
        assert tried["exit_code"] != 0, host
    for path in (house.settings.socket, house.home / "data.db", house.home / "secret.key", house.settings.run):
        assert run("shop", "ls", str(path))["exit_code"] != 0, path


def test_agents_are_told_and_a_persons_own_text_stays(house: House, run: Run):
    told = run("shop", "cat", "AGENTS.md")["output"]
    assert "nacre rewind shop 10m" in told
    assert run("shop", "sh", "-c", "git init -q && git status --porcelain")["output"] == ""
    files = house.files("shop")
    (files / "AGENTS.md").unlink()
    (files / "AGENTS.md").write_text("Use tabs.\n")
    house.call("workspace.stop", ref="shop")
    assert run("shop", "cat", "AGENTS.md")["output"] == "Use tabs.\n"
    assert "AGENTS.md" in run("shop", "git", "status", "--porcelain")["output"]
    assert "nacre rewind shop 10m" in run("shop", "cat", "/etc/nacre/AGENTS.md")["output"]


@pytest.mark.parametrize("path", ["/api/projects/shop/sql", "/mcp"])
def test_a_workspace_cannot_fill_the_daemons_memory(run: Run, path: str):
    """Its own is limited, and the gateway, which limits what comes from outside, does not stand before the door."""
    sent = run(
        "shop", "sh", "-c",
        f"head -c 50000000 /dev/zero | curl -s -o /dev/null -w '%{{http_code}} %{{size_upload}}' -T - -X POST "
        f'-H "Authorization: Bearer $NACRE_TOKEN" -H "Content-Type: application/json" $NACRE_URL{path} '
        f'-H "Accept: application/json, text/event-stream"',
    )["output"].split()  # fmt: skip
    assert sent[0] == "413", sent


def test_silent_connections_to_the_door_do_not_take_all_of_the_daemons_descriptors(house: House):
    with ExitStack() as opened:
        many = [opened.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2300)]
        for one in many:
            one.connect(str(house.settings.door))
            one.settimeout(20)
        assert many[-1].recv(1) == b""
        assert house.call("project.list")
    assert house.call("project.list")
