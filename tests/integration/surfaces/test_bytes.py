"""Bytes in, bytes out, and what programs say, through every surface of a real small daemon."""

import base64
import json
import os

import httpx
import pytest

from nacre.core.errors import NacreError
from nacre.core.progress import Output

_PICTURE = os.urandom(300_000)


@pytest.fixture
def hung(daemon):
    """The daemon with a picture sent to it as a raw body."""
    answer = daemon.by_socket().call(daemon.verb("shed.hang"), {"ref": "shop", "title": "Bild", "picture": _PICTURE})
    assert answer["note"] == "Bild"
    return daemon


def test_a_raw_body_arrives_whole(hung):
    assert hung.shed.picture == _PICTURE


def test_a_stream_comes_back_whole(hung):
    got = bytearray()
    headers = hung.by_socket().fetch(hung.verb("shed.view"), {"ref": "shop"}, got.extend)
    assert got == _PICTURE
    assert headers["content-length"] == str(len(_PICTURE))
    assert headers["x-content-type-options"] == "nosniff"


def test_a_part_of_a_stream_is_marked_as_one(hung):
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(hung.settings.socket)), base_url="http://n") as client:
        answer = client.get("/api/sheds/shop/picture", headers={"Range": "bytes=299990-"})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == "bytes 299990-299999/300000"
    assert answer.content == _PICTURE[-10:]
    assert "filename*=UTF-8''bild%20%E2%80%9C1%E2%80%9D.png" in answer.headers["content-disposition"]


def test_a_body_over_the_limit_is_refused(daemon):
    with pytest.raises(NacreError) as refused:
        daemon.by_socket().call(daemon.verb("shed.hang"), {"ref": "shop", "picture": bytes((16 << 20) + 1)})
    assert refused.value.code == "body-too-large"


@pytest.mark.parametrize("field", ["picture", "range"])
def test_neither_a_body_nor_a_header_can_be_given_in_the_query(hung, field):
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(hung.settings.socket)), base_url="http://n") as client:
        answer = client.request("PUT" if field == "picture" else "GET", f"/api/sheds/shop/picture?{field}=x")
    assert answer.status_code == 400
    assert json.loads(answer.text)["error"]["code"] == "bad-input"


def test_what_a_program_says_is_streamed(daemon):
    said: list[Output] = []
    answer = daemon.by_socket().call(daemon.verb("shed.talk"), {"ref": "shop"}, on_output=said.append)
    assert said == [Output("stdout", b"hello \xff\n"), Output("stderr", b"oh\n")]
    assert answer["colour"] == "red"


def test_a_program_nobody_listens_to_any_more_is_told(daemon, until):
    with (
        httpx.Client(transport=httpx.HTTPTransport(uds=str(daemon.settings.socket)), base_url="http://n") as client,
        client.stream("POST", "/api/sheds/shop/talk-on", headers={"Accept": "text/event-stream"}) as answer,
    ):
        lines = answer.iter_lines()
        assert next(line for line in lines if line) == "event: output"
        data = json.loads(next(lines).removeprefix("data: "))
        assert base64.b64decode(data["data"]).startswith(b"and on ")
    assert daemon.shed.left_alone.wait(10)
