"""JupyterLab, really installed, run in a workspace, with a kernel that reaches the branch's database."""

import json
from collections.abc import Iterator

import httpx
import pytest
from tests.daemon import House, house_on
from websockets.sync.client import unix_connect

from nacre.core.errors import NacreError
from nacre.workspaces.serving import is_connected


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with house_on("copy", NACRE_MODE="slim", NACRE_CONSOLE="false") as house:
        house.call("project.create", name="shop")
        yield house


def shown(house: House, name: str) -> dict:
    return next(one for one in house.call("addon.list") if one["name"] == name)


@pytest.mark.timeout(280)
def test_a_notebook_asks_the_branchs_database(house):
    with pytest.raises(NacreError) as caught:
        house.call("addon.start", name="jupyter", ref="shop")
    assert caught.value.code == "addon-not-installed"
    # A workspace that runs already gets it, too.
    house.call("workspace.start", ref="shop")
    house.call("addon.install", name="jupyter")
    assert shown(house, "jupyter")["installed"]
    house.call("addon.start", name="jupyter", ref="shop")
    (socket,) = (house.home / "run" / "ws").glob("*/ports/*.sock")
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://localhost/jupyter") as lab:
        assert "JupyterLab" in lab.get("/lab").text
        lab.get("/lab/tree")  # brings the cookie against forged requests
        token = {"X-XSRFToken": lab.cookies["_xsrf"]}
        kernel = lab.post("/api/kernels", headers=token, json={}, timeout=30).json()["id"]
    code = "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL']).execute('SELECT 6 * 7').fetchone())"
    with unix_connect(str(socket), f"ws://localhost/jupyter/api/kernels/{kernel}/channels") as channel:
        channel.send(json.dumps(asked(code)))
        assert said(channel) == "(42,)\n"
        assert is_connected(socket)
    assert not is_connected(socket.with_name("1.sock"))
    house.call("addon.stop", name="jupyter", ref="shop")


def test_an_add_on_is_read_only_in_a_workspace_and_can_be_removed(house):
    folder = house.home / "addons"
    answer = house.call("workspace.exec", ref="shop", command=["touch", f"{folder}/bin/evil"])
    assert answer["exit_code"] != 0
    if shown(house, "jupyter")["installed"]:
        house.call("addon.remove", name="jupyter")
    assert not shown(house, "jupyter")["installed"]
    assert not (folder / "bin" / "jupyter").is_symlink()


def asked(code: str) -> dict:
    header = {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "1", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    return {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}


def said(channel) -> str:
    """What the kernel prints first, or the error it ends with."""
    while True:
        message = json.loads(channel.recv(timeout=60))
        match message["msg_type"]:
            case "stream":
                return message["content"]["text"]
            case "error":
                return "\n".join(message["content"]["traceback"])
