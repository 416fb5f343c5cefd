"""The HTTP API of a real small daemon, over its socket and over TCP."""

import json
import socket
import stat
import threading
from contextlib import suppress
from typing import Any

import httpx
import pytest
from tests.waiting import eventually

from nacre.core.errors import DaemonNotRunning, NacreError
from nacre.core.principals import Role
from nacre.core.progress import Step
from nacre.surfaces.client import over_socket


@pytest.fixture
def owner(daemon):
    with httpx.Client(
        transport=httpx.HTTPTransport(uds=str(daemon.settings.socket)), base_url="http://nacre"
    ) as client:
        yield client


def by_token(daemon, role: Role = Role.USER, projects: list[str] | None = None, **headers: str):
    token = daemon.token(role, projects)
    return httpx.Client(base_url=daemon.url, headers={"Authorization": f"Bearer {token}"} | headers)


def error_of(response: httpx.Response) -> dict[str, Any]:
    document = response.json()
    assert document.keys() == {"error"} and document["error"].keys() == {"code", "message", "hint"}
    return document["error"]


def test_an_operation_answers_over_the_socket_as_the_owner(owner):
    answer = owner.post("/api/sheds/shop:try-x/paint", json={"coats": 2})
    assert answer.status_code == 200
    assert answer.json()["ref"] == "shop:try-x"
    assert answer.json()["who"] == "owner:owner"
    assert len(answer.headers["x-request-id"]) == 16


def test_an_operation_answers_over_tcp_to_a_token(daemon):
    answer = by_token(daemon).post("/api/sheds/shop/paint")
    assert answer.json()["who"] == "agent:test"


def test_query_fields_arrive_with_their_types(owner):
    answer = owner.get("/api/sheds/shop", params={"places": ["a", "b"], "fast": "true"}).json()
    assert answer["places"] == ["a", "b"]
    assert answer["fast"] is True


def test_the_socket_is_private_to_its_owner(daemon):
    assert stat.S_IMODE(daemon.settings.socket.stat().st_mode) == 0o600


@pytest.mark.parametrize("path", ["/api/sheds/shop", "/api/tokens", "/api/events", "/api/nothing", "/mcp"])
def test_nothing_answers_over_tcp_without_a_token(daemon, path):
    answer = httpx.get(daemon.url + path)
    assert answer.status_code == 401
    assert error_of(answer)["code"] == "no-token"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_wrong_or_revoked_token_is_refused(daemon, owner):
    token = daemon.token(Role.USER)
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{daemon.url}/api/sheds/shop", headers=headers).status_code == 200
    assert owner.delete("/api/tokens/1").status_code == 200
    for value in (f"Bearer {token}", "Bearer nonsense"):
        answer = httpx.get(f"{daemon.url}/api/sheds/shop", headers={"Authorization": value})
        assert (answer.status_code, error_of(answer)["code"]) == (401, "bad-token")


def test_no_header_makes_a_tcp_request_the_owner(daemon):
    forged = {"X-Nacre-Transport": "socket", "X-Forwarded-For": "127.0.0.1", "Host": "nacre", "principal": "owner"}
    assert httpx.get(f"{daemon.url}/api/tokens", headers=forged).status_code == 401


def test_a_token_of_too_low_a_role_or_another_project_is_refused(daemon):
    answer = by_token(daemon, Role.VIEWER).post("/api/sheds/shop/paint")
    assert (answer.status_code, error_of(answer)["code"]) == (403, "not-allowed")
    answer = by_token(daemon, projects=["other"]).post("/api/sheds/shop/paint")
    assert (answer.status_code, error_of(answer)["code"]) == (403, "outside-scope")
    assert daemon.shed.painted == []


@pytest.mark.parametrize("path", ["/git/shop.git/info/refs", "/v2/", "/runner/claim"])
def test_other_peoples_clients_show_a_token_as_their_password(daemon, path):
    asked = httpx.get(f"{daemon.url}{path}")
    assert asked.status_code == 401 and asked.headers["www-authenticate"].startswith("Basic ")
    assert error_of(httpx.get(f"{daemon.url}{path}", auth=("anybody", "wrong")))["code"] == "bad-token"
    assert httpx.get(f"{daemon.url}{path}", auth=("anybody", daemon.token(Role.VIEWER, None))).status_code != 401


def test_a_page_of_another_site_is_refused_even_with_a_token(daemon):
    own = daemon.url
    others = ("https://evil.example", "null", "http://127.0.0.1:5173", own.replace("http:", "https:"), f"{own}.evil")
    for origin in others:
        answer = by_token(daemon, Origin=origin).get("/api/sheds/shop")
        assert (answer.status_code, error_of(answer)["code"]) == (403, "other-site"), origin
    assert by_token(daemon, Origin=own).get("/api/sheds/shop").status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "code", "told"),
    [
        ("/api/sheds/Shop/paint", {}, "bad-name", "Shop"),
        ("/api/sheds/shop/paint", {"coats": 0}, "bad-input", "coats"),
        ("/api/sheds/shop/paint", {"coats": "many"}, "bad-input", "coats"),
        ("/api/sheds/shop/paint", {"colour": "green"}, "bad-input", "colour"),
        ("/api/sheds/shop/paint", {"smell": 1}, "bad-input", "smell"),
        ("/api/sheds/shop/paint", {"ref": "other"}, "bad-input", "ref"),
        ("/api/sheds/shop/paint", [1], "bad-json", "object"),
    ],
)
def test_bad_input_is_refused_by_name(daemon, owner, path, body, code, told):
    answer = owner.post(path, json=body)
    assert answer.status_code == 400
    assert error_of(answer)["code"] == code
    assert told in error_of(answer)["message"]
    assert daemon.shed.painted == []


def test_a_body_that_is_no_json_is_refused(owner):
    answer = owner.post("/api/sheds/shop/paint", content=b"{nope")
    assert (answer.status_code, error_of(answer)["code"]) == (400, "bad-json")


def test_an_unknown_route_and_a_wrong_method_are_documents(owner):
    answer = owner.get("/api/nothing")
    assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown-route")
    answer = owner.put("/api/sheds/shop")
    assert (answer.status_code, error_of(answer)["code"]) == (405, "method-not-allowed")


def test_a_crash_is_a_document_that_names_the_request(owner):
    answer = owner.post("/api/sheds/shop/crash")
    assert (answer.status_code, error_of(answer)["code"]) == (500, "internal-error")
    assert answer.headers["x-request-id"] in error_of(answer)["hint"]


def test_a_long_operation_streams_progress_then_its_result(daemon):
    steps: list[Step] = []
    answer = daemon.by_socket().call(daemon.verb("shed.paint"), {"ref": "shop", "coats": 50}, steps.append)
    assert answer["coats"] == 50
    assert steps[0] == Step("painting", 1, 50)
    assert steps[-1] == Step("painting", 50, 50)


def test_a_streamed_refusal_is_an_error_event(daemon, owner):
    with owner.stream("POST", "/api/sheds/shop/refuse", headers={"Accept": "text/event-stream"}) as answer:
        text = answer.read().decode()
    assert text.startswith("event: error\n")
    assert json.loads(text.partition("data: ")[2]) == {
        "code": "wet-paint",
        "message": "The paint is still wet.",
        "hint": "Wait.",
        "status": 409,
    }
    with pytest.raises(NacreError, match="wet") as refused:
        daemon.by_socket().call(daemon.verb("shed.refuse"), {"ref": "shop"}, lambda step: None)
    assert refused.value.code == "wet-paint"


def test_an_operation_finishes_when_its_caller_has_gone(daemon):
    for accept in ("text/event-stream", "application/json"):
        raw = socket.socket(socket.AF_UNIX)
        raw.connect(str(daemon.settings.socket))
        raw.sendall(f"POST /api/sheds/shop/slowly HTTP/1.1\r\nHost: n\r\nAccept: {accept}\r\n\r\n".encode())
        if accept == "text/event-stream":
            assert b"waiting" in raw.recv(65536) + raw.recv(65536)
        raw.close()
    daemon.shed.go_on.set()
    eventually(lambda: len(daemon.shed.painted) == 2)


def test_events_arrive_live_and_catch_up_by_last_event_id(daemon, owner):
    owner.post("/api/sheds/one/paint")
    seen = follow(owner)
    eventually(lambda: len(seen) == 1)
    owner.post("/api/sheds/two/paint")
    eventually(lambda: len(seen) == 2)
    assert [(event["type"], event["project"], event["id"]) for event in seen] == [
        ("shed.paint", "one", 1),
        ("shed.paint", "two", 2),
    ]


def test_events_stay_within_the_tokens_projects(daemon, owner):
    owner.post("/api/sheds/secret/paint")
    owner.post("/api/tokens", json={"name": "x"})
    owner.post("/api/sheds/shop/paint")
    seen = follow(by_token(daemon, Role.VIEWER, ["shop"]))
    eventually(lambda: seen)
    assert [event["project"] for event in seen] == ["shop"]


def test_openapi_describes_every_operation(daemon, owner):
    document = owner.get("/api/openapi.json").json()
    described = {
        one["operationId"]: (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, one in methods.items()
        if "." in one.get("operationId", "")
    }
    assert described == {operation.name: (operation.method, operation.path) for operation in daemon.registry}
    paint = document["paths"]["/api/sheds/{ref}/paint"]["post"]
    body = paint["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"colour", "coats", "places", "fast", "note"}
    assert [parameter["name"] for parameter in paint["parameters"]] == ["ref"]
    look = document["paths"]["/api/sheds/{ref}"]["get"]
    assert {parameter["name"]: parameter["in"] for parameter in look["parameters"]} == {
        "ref": "path",
        "places": "query",
        "fast": "query",
    }
    assert "ErrorDocument" in document["components"]["schemas"]
    assert httpx.get(f"{daemon.url}/api/openapi.json").json() == document


def test_health_is_open(daemon):
    assert httpx.get(f"{daemon.url}/healthz").status_code == 200


def test_no_daemon_is_told_as_such(home):
    with pytest.raises(DaemonNotRunning) as error:
        over_socket(home / "run" / "nacre.sock").health()
    assert error.value.exit_code == 3
    assert error.value.code == "daemon-not-running"


def follow(client: httpx.Client) -> list[dict[str, Any]]:
    """Collect events in the background for as long as the daemon runs."""
    seen: list[dict[str, Any]] = []
    connected = threading.Event()

    def listen() -> None:
        with (
            suppress(httpx.HTTPError),
            client.stream("GET", "/api/events", headers={"Last-Event-ID": "0"}, timeout=None) as answer,
        ):
            for line in answer.iter_lines():
                connected.set()
                if line.startswith("data: "):
                    seen.append(json.loads(line.removeprefix("data: ")))

    threading.Thread(target=listen, daemon=True).start()
    assert connected.wait(5)
    return seen
