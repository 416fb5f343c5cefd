"""A request has one id from the gateway to the answer; one that cannot be an id of the gateway's is not believed."""

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from nacre.gateway.limits import Limits
from nacre.surfaces.http.access import identified
from nacre.surfaces.http.behind import BehindGateway


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["request_id"].encode()})


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await identified(_answer, scope, receive, send)


@pytest.mark.parametrize(
    ("told", "believed"),
    [("b6db3a51-64a3-4bb0-ae42-0a7c8b4a2f11", True), ("", False), ("x" * 20, False), ("0" * 5000, False)],
)
def test_an_id_of_the_gateway_s_is_the_daemon_s_too(told: str, believed: bool) -> None:
    answer = TestClient(BehindGateway(_app, Limits(10, 1, lambda: 0.0))).get("/", headers={"X-Request-Id": told})
    assert answer.headers["x-request-id"] == answer.text
    assert (answer.text == told) == believed and len(answer.text) >= 16


def test_nobody_else_says_what_id_a_request_has() -> None:
    assert TestClient(_app).get("/", headers={"X-Request-Id": "0" * 32}).text != "0" * 32
