"""The console's origin through a real Caddy: files, the API, and what is refused."""

import json
import os
import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest
from tests.integration.gateway.conftest import client, trust

from nacre.engines.processes.identity import identify


def token(house, role: str = "admin") -> str:
    return str(house.call("token.create", name="test", role=role)["token"])


def caddy(house) -> int:
    return int(json.loads((house.home / "run" / "gateway.json").read_text())["pid"])


def test_the_api_answers_over_tls_to_a_token(gated, console):
    assert console.get("/healthz").status_code == 200
    assert console.get("/api/status").status_code == 401
    answer = console.get("/api/status", headers={"Authorization": f"Bearer {token(gated)}"})
    assert answer.json()["pid"] == gated.pid
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_the_certificate_is_for_every_way_to_say_this_machine(gated, name):
    answer = httpx.get(f"https://{name}:{gated.settings.port}/healthz", verify=trust(gated))
    assert answer.status_code == 200


def test_http_2_is_spoken(gated):
    context = trust(gated)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", gated.settings.port)) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as secured,
    ):
        assert secured.selected_alpn_protocol() == "h2"


def test_pages_of_the_console_have_a_strict_policy_and_are_asked_for_anew(console, gated):
    for path in ("/", "/projects/shop/studio", "/sign-in"):
        answer = console.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-cache"
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
        assert f"frame-src 'self' https://localhost:{gated.settings.content_port};" in policy


def test_an_asset_that_is_missing_is_not_the_first_page(console):
    assert console.get("/assets/gone-1234.js").status_code == 404


@pytest.mark.parametrize("path", ["/ws/alice/a?b=c", "/p/shop/main/", "/code/", "/jupyter/lab", "/apps/shop/x"])
def test_paths_of_content_lead_to_the_other_origin(console, gated, path):
    answer = console.get(path)
    assert (answer.status_code, answer.headers["location"]) == (
        307,
        f"https://localhost:{gated.settings.content_port}{path}",
    )


def test_the_content_origin_has_no_api(content, gated):
    answer = content.get("/api/status", headers={"Authorization": f"Bearer {token(gated)}"})
    assert answer.status_code == 404


def test_a_killed_gateway_comes_back(gated, console):
    before = caddy(gated)
    os.kill(before, signal.SIGKILL)
    assert answered(gated, within_s=20) == 200
    assert caddy(gated) != before


def test_the_gateway_outlives_the_daemon_and_requests_wait_for_the_next_one(gated):
    before = caddy(gated)
    gated.kill()
    assert identify(before) is not None
    got: list[int] = []
    with client(gated, gated.settings.port) as patient:
        asking = threading.Thread(target=lambda: got.append(patient.get("/healthz").status_code))
        asking.start()
        gated.up()
        asking.join(20)
    assert got == [200]
    assert caddy(gated) == before


def test_caddy_is_not_root_and_its_keys_are_its_own(gated):
    folder = gated.home / "gateway"
    assert folder.stat().st_mode & 0o077 == 0
    if os.geteuid() == 0:
        assert Path(f"/proc/{caddy(gated)}").stat().st_uid == folder.stat().st_uid != 0


def answered(house, within_s: float) -> int:
    deadline = time.monotonic() + within_s
    while True:
        try:
            with client(house, house.settings.port) as fresh:
                return fresh.get("/healthz").status_code
        except httpx.TransportError:
            assert time.monotonic() < deadline


def test_the_command_line_comes_through_it_with_a_token(gated):
    there = {"NACRE_URL": f"https://localhost:{gated.settings.port}", "NACRE_TOKEN": token(gated)}
    done = gated.run("status", "--json", **there)
    assert json.loads(done.stdout)["gateway"]["state"] == "running", done.stdout
    elsewhere = gated.run("status", "--json", **there, NACRE_HOME="/nowhere")
    assert json.loads(elsewhere.stdout)["error"]["code"] == "certificate-not-trusted"
    trusted = gated.run("status", "--json", **there, NACRE_HOME="/nowhere", NACRE_CA=str(gated.home / "root.crt"))
    assert json.loads(trusted.stdout)["pid"] == gated.pid
    by_itself = gated.run("status", "--json", NACRE_TOKEN=there["NACRE_TOKEN"])
    assert json.loads(by_itself.stdout)["pid"] == gated.pid


def test_events_come_through_as_they_happen(gated, console):
    headers = {"Authorization": f"Bearer {token(gated)}"}
    with console.stream("GET", "/api/events", headers=headers) as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": still here"
        gated.call("token.create", name="seen", role="viewer")
        assert any("token.create" in line for line in lines)


def test_long_work_tells_its_progress_through_it(gated):
    there = {"NACRE_URL": f"https://localhost:{gated.settings.port}", "NACRE_TOKEN": token(gated)}
    done = gated.run("project", "create", "through", "--json", **there)
    assert json.loads(done.stdout)["ref"] == "through", done.stdout


def test_doctor_tells_how_to_trust_it(gated):
    findings = {one["id"]: one for one in json.loads(gated.run("doctor", "--json").stdout)["findings"]}
    assert findings["caddy"]["level"] == "ok"
    assert findings["ports"]["level"] == "ok"
    assert findings["certificate"]["level"] == "warn"
    assert str(gated.home / "root.crt") in findings["certificate"]["next"]


def test_http_3_is_offered_and_listened_for(gated, console):
    assert f'h3=":{gated.settings.port}"' in console.get("/healthz").headers["alt-svc"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, pytest.raises(OSError, match="in use"):
        probe.bind(("127.0.0.1", gated.settings.port))


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_large_answers_are_compressed(console, encoding):
    plain = console.get("/api/openapi.json", headers={"Accept-Encoding": "identity"})
    with console.stream("GET", "/api/openapi.json", headers={"Accept-Encoding": encoding}) as packed:
        assert packed.headers["content-encoding"] == encoding
        assert sum(len(chunk) for chunk in packed.iter_raw()) < len(plain.content) / 3


def test_a_call_that_is_too_large_is_refused_as_a_document(gated, console):
    headers = {"Authorization": f"Bearer {token(gated)}", "Content-Type": "application/json"}
    answer = console.post("/api/tokens", content=b"x" * (5 << 20), headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body-too-large")


def test_where_a_file_is_what_is_sent_more_is_taken(gated, console):
    gated.call("project.create", name="files")
    headers = {"Authorization": f"Bearer {token(gated)}"}
    query = {"path": "large.bin"}
    answer = console.put("/api/projects/files/file", params=query, content=b"x" * (5 << 20), headers=headers)
    assert answer.status_code == 200, answer.text
    assert (gated.files("files") / "large.bin").stat().st_size == 5 << 20
