"""A preview's life: it crashes, is mended, changes how it is run, sleeps, and outlives the daemon."""

from contextlib import suppress

import httpx
import pytest
from tests.applications import STATIC, VITE

from nacre.core.errors import NacreError

SERVER = """import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ.get("GREETING", "Hello").encode())


print("serving", flush=True)
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Hello).serve_forever()
"""
RUN = '[dev]\nrun = "python3 server.py"\n'


def state(house, ref: str) -> str:
    return str(house.call("preview.status", ref=ref)["state"])


async def test_a_crash_is_told_with_its_last_words_and_mended_by_a_start(house, project, ask, until):
    files = project("crash", {"nacre.toml": RUN, "server.py": 'raise SystemExit("the oven is cold")'})
    with pytest.raises(NacreError) as caught:
        house.call("preview.start", ref="crash")
    assert caught.value.code == "server-ended"
    assert state(house, "crash") == "crashed"
    assert "the oven is cold" in house.call("preview.logs", ref="crash")["text"]
    (files / "server.py").write_text(SERVER)
    assert house.call("preview.start", ref="crash")["state"] == "running"
    assert ask("crash").text == "Hello"


async def test_one_that_ends_later_is_seen_to_end(house, project, until):
    project("later", {"nacre.toml": RUN, "server.py": SERVER})
    house.call("preview.start", ref="later")
    house.call("workspace.exec", ref="later", command=["pkill", "-f", "server.py"])
    await until(lambda: state(house, "later") == "crashed")
    assert "SIGTERM" in house.call("preview.status", ref="later")["trouble"]


async def test_it_is_run_anew_when_nacre_toml_changes(house, project, ask, until):
    files = project("anew", {"nacre.toml": RUN, "server.py": SERVER})
    house.call("preview.start", ref="anew")
    (files / "nacre.toml").write_text(f'{RUN}env = {{ GREETING = "Bonjour" }}\n')

    def greets() -> bool:
        with suppress(httpx.TransportError):  # it is just being stopped
            return state(house, "anew") == "running" and ask("anew").text == "Bonjour"
        return False

    await until(greets)
    (files / "nacre.toml").write_text("[dev]\nrun = 3\n")
    await until(lambda: state(house, "anew") == "refused")
    assert "“[dev] run” is wrong" in house.call("preview.status", ref="anew")["trouble"]


def test_a_port_of_its_own_choice_is_found(house, project, ask):
    server = SERVER.replace('int(os.environ["PORT"])', "8123")
    project("own", {"nacre.toml": RUN, "server.py": server})
    assert house.call("preview.start", ref="own")["port"] == 8123
    assert ask("own").text == "Hello"


def test_stopped_it_is_stopped_and_started_again_it_runs(house, project, ask):
    project("again", STATIC)
    house.call("preview.start", ref="again")
    assert house.call("preview.stop", ref="again")["state"] == "stopped"
    assert not [one for one in house.call("preview.list") if one["ref"] == "again"]
    house.call("preview.start", ref="again")
    assert ask("again").status_code == 200
    house.call("workspace.stop", ref="again")
    assert house.call("preview.start", ref="again")["state"] == "running"
    assert ask("again").status_code == 200


def test_it_outlives_the_daemon(house, project, ask):
    project("outlives", {"nacre.toml": RUN, "server.py": SERVER})
    before = house.call("preview.start", ref="outlives")
    house.restart()
    assert house.call("preview.status", ref="outlives") == before
    assert ask("outlives").text == "Hello"


def test_nothing_to_run_is_refused_before_a_workspace_is_started(house, project):
    project("nothing", {"README.md": "Nothing here."})
    with pytest.raises(NacreError) as caught:
        house.call("preview.start", ref="nothing")
    assert caught.value.code == "nothing-to-preview"
    assert not [one for one in house.call("workspace.list") if one["ref"] == "nothing"]


def test_what_is_not_installed_is_told_with_the_line_that_does_it(house, project):
    project("bare", VITE)
    refused = house.run("preview", "start", "bare")
    assert refused.returncode == 1
    assert "node_modules is missing: npm install" in refused.stderr
    assert "`nacre exec bare -- npm install`" in refused.stderr
