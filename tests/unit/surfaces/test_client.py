import pytest

from nacre.core.errors import InvalidInput
from nacre.surfaces.client import over_http, request_of
from nacre.surfaces.verbs import Verb


def verb(method: str, path: str, body: str | None = None) -> Verb:
    schema = {"type": "object", "properties": {}}
    return Verb(
        name="x", method=method, path=path, role="user", effect="write", words=("x",), summary="X.", description="",
        long=False, speaks=False, streams=False, first_class=False, positionals=(), shorts={}, body=body, headers=(),
        rare=(), input=schema, output=schema,
    )  # fmt: skip


def test_path_fields_are_quoted_and_the_rest_is_a_body():
    path, body = request_of(verb("POST", "/api/projects/{ref}/rewind"), {"ref": "shop:try-x", "to": "10m", "dry": True})
    assert path == "/api/projects/shop:try-x/rewind"
    assert body == b'{"to": "10m", "dry": true}'
    assert request_of(verb("POST", "/api/{ref}"), {"ref": "a/../b?c"})[0] == "/api/a%2F..%2Fb%3Fc"


def test_a_get_carries_a_query():
    path, body = request_of(
        verb("GET", "/api/{ref}/files"), {"ref": "shop", "path": "a b/é&c", "all": True, "n": [1, 2]}
    )
    assert path == "/api/shop/files?path=a+b%2F%C3%A9%26c&all=true&n=1&n=2"
    assert body is None


def test_raw_bytes_are_the_body_and_the_rest_is_a_query():
    path, body = request_of(verb("PUT", "/api/uploads/{id}", "chunk"), {"id": 7, "offset": 3, "chunk": b"\0\xff"})
    assert path == "/api/uploads/7?offset=3"
    assert body == b"\0\xff"


@pytest.mark.parametrize("url", ["shop.example", "ftp://x", "http://", ""])
def test_a_url_that_is_none_is_refused(url):
    with pytest.raises(InvalidInput, match="URL"):
        over_http(url, "t")
