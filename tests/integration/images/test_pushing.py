"""The protocol, as strict clients speak it: uploads that break off, lie, or come from whoever may not."""

import base64
import hashlib
import json
import os
import re
import socket
from collections.abc import Iterator
from typing import IO

import httpx
import pytest
from tests.integration.images.conftest import RegistryHouse
from tests.waiting import eventually

from nacre.engines.oci import client as oci_client
from nacre.engines.oci.blobs import Blobs, chunks_of
from nacre.engines.oci.entries import File
from nacre.engines.oci.image import Config, write_image
from nacre.engines.oci.layers import write_layer
from nacre.engines.oci.manifest import Descriptor

SHOP = "/shop/shop"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def put(http: httpx.Client, data: bytes, where: str = SHOP) -> str:
    answer = http.post(f"{where}/blobs/uploads/", params={"digest": digest(data)}, content=data)
    assert answer.status_code == 201, answer.text
    return digest(data)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def manifest(http: httpx.Client, layer: bytes, **more: object) -> bytes:
    """A manifest whose parts are pushed."""
    config = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
    parts = [
        {"mediaType": kind, "digest": put(http, data), "size": len(data)}
        for kind, data in (("application/vnd.oci.image.config.v1+json", config), ("application/x.layer", layer))
    ]
    return json.dumps(
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": parts[0], "layers": parts[1:], **more}
    ).encode()


def test_nobody_comes_in_without_a_token(registry: RegistryHouse):
    answer = httpx.get(f"{registry.url}/v2/")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    with registry.http() as http:
        assert http.get("/").status_code == 200
        assert code(http.get("/shop/shop/nonsense")) == (404, "UNSUPPORTED")


def test_a_blob_is_pushed_in_pieces_and_read_in_parts(registry):
    data = bytes(range(256)) * 5000
    with registry.http() as http:
        place = http.post(f"{SHOP}/blobs/uploads/").headers["location"].removeprefix("/v2")
        first = http.patch(place, content=data[:1000], headers={"Content-Range": "0-999"})
        assert (first.status_code, first.headers["range"]) == (202, "0-999")
        early = http.patch(place, content=data[2000:], headers={"Content-Range": f"2000-{len(data) - 1}"})
        assert (early.status_code, early.headers["range"]) == (416, "0-999")
        assert http.get(place).headers["range"] == "0-999"
        http.patch(place, content=data[1000:-10])
        done = http.put(place, params={"digest": digest(data)}, content=data[-10:])
        assert (done.status_code, done.headers["docker-content-digest"]) == (201, digest(data))
        assert code(http.get(place)) == (404, "BLOB_UPLOAD_UNKNOWN")

        blob = f"{SHOP}/blobs/{digest(data)}"
        assert http.head(blob).headers["content-length"] == str(len(data))
        assert http.get(blob).content == data
        part = http.get(blob, headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content, part.headers["content-range"]) == (
            206, data[100:200], f"bytes 100-199/{len(data)}"
        )  # fmt: skip
        assert http.get(blob, headers={"Range": "bytes=-5"}).content == data[-5:]
        assert http.get(blob, headers={"Range": f"bytes={len(data)}-"}).status_code == 416


@pytest.mark.parametrize("how", ["PATCH", "PUT"])
async def test_what_came_before_a_connection_broke_off_is_kept(registry, until, how):
    data = os.urandom(3 << 20)
    with registry.http() as http:
        place = http.post(f"{SHOP}/blobs/uploads/").headers["location"]
        asked = http.build_request(how, place.removeprefix("/v2"), params={"digest": digest(data)})
        with socket.create_connection(("127.0.0.1", registry.house.settings.port)) as line:
            secret = base64.b64encode(f"any:{registry.token}".encode()).decode()
            head = f"{how} {asked.url.raw_path.decode()} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {secret}\r\n"
            line.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n{len(data):x}\r\n".encode() + data[: 2 << 20])
        place = place.removeprefix("/v2")
        await until(lambda: http.get(place).headers["range"] == f"0-{(2 << 20) - 1}")
        assert http.put(place, params={"digest": digest(data)}, content=data[2 << 20 :]).status_code == 201
        assert http.get(f"{SHOP}/blobs/{digest(data)}").content == data


def test_what_is_not_what_it_was_announced_as_is_refused_and_gone(registry):
    right, wrong = b"right" * 1000, b"wrong" * 1000
    with registry.http() as http:
        answer = http.post(f"{SHOP}/blobs/uploads/", params={"digest": digest(right)}, content=wrong)
        assert code(answer) == (400, "DIGEST_INVALID")
        assert not registry.stored() & {digest(right), digest(wrong)}
        assert code(http.get(f"{SHOP}/blobs/{digest(right)}")) == (404, "BLOB_UNKNOWN")
        assert code(http.post(f"{SHOP}/blobs/uploads/", params={"digest": "sha256:no"})) == (400, "DIGEST_INVALID")
        lying = manifest(http, b"layer")
        assert code(
            http.put(f"{SHOP}/manifests/{digest(b'other')}", content=lying, headers={"Content-Type": MANIFEST})
        ) == (400, "DIGEST_INVALID")


def test_a_manifest_needs_its_parts_and_sense(registry):
    headers = {"Content-Type": MANIFEST}
    with registry.http() as http:
        whole = manifest(http, b"a layer")
        missing = re.sub(rb"sha256:[0-9a-f]{64}", digest(b"never pushed").encode(), whole)
        for raw, expected in (
            (missing, "MANIFEST_BLOB_UNKNOWN"),
            (b"{", "MANIFEST_INVALID"),
            (b"[]", "MANIFEST_INVALID"),
            (whole.replace(b'"size": 7', b'"size": 8'), "MANIFEST_INVALID"),
            (b" " * (5 << 20), "SIZE_INVALID"),
        ):
            answer = http.put(f"{SHOP}/manifests/bad", content=raw, headers=headers)
            assert (answer.status_code in (400, 413), code(answer)[1]) == (True, expected)
        assert code(http.get(f"{SHOP}/manifests/bad")) == (404, "MANIFEST_UNKNOWN")


def test_tags_are_listed_in_pages_moved_and_deleted(registry):
    with registry.http() as http:
        raw = manifest(
            http,
            b"tagged",
        )
        put_parts = [put(http, data, "/shop/tags") for data in (b"tagged", _config(raw, http))]
        assert put_parts
        for tag in ("c", "a", "b"):
            answer = http.put(f"/shop/tags/manifests/{tag}", content=raw, headers={"Content-Type": MANIFEST})
            assert (answer.status_code, answer.headers["docker-content-digest"]) == (201, digest(raw))
        page = http.get("/shop/tags/tags/list", params={"n": 2})
        assert page.json() == {"name": "shop/tags", "tags": ["a", "b"]}
        following = page.headers["link"].partition("<")[2].partition(">")[0].removeprefix("/v2")
        assert http.get(following).json()["tags"] == ["c"]
        assert http.delete("/shop/tags/manifests/b").status_code == 202
        assert http.get("/shop/tags/tags/list").json()["tags"] == ["a", "c"]
        assert http.head("/shop/tags/manifests/a").headers["content-length"] == str(len(raw))
        assert http.delete(f"/shop/tags/manifests/{digest(raw)}").status_code == 202
        assert code(http.get("/shop/tags/manifests/a")) == (404, "MANIFEST_UNKNOWN")


def test_what_is_about_an_image_is_found(registry):
    with registry.http() as http:
        about = manifest(http, b"image")
        http.put(f"{SHOP}/manifests/image", content=about, headers={"Content-Type": MANIFEST})
        subject = {"mediaType": MANIFEST, "digest": digest(about), "size": len(about)}
        raw = manifest(http, b"signature", subject=subject, artifactType="application/x.signature")
        answer = http.put(f"{SHOP}/manifests/{digest(raw)}", content=raw, headers={"Content-Type": MANIFEST})
        assert answer.headers["oci-subject"] == digest(about)
        found = http.get(f"{SHOP}/referrers/{digest(about)}").json()["manifests"]
        assert [(one["digest"], one["artifactType"]) for one in found] == [(digest(raw), "application/x.signature")]
        other = http.get(f"{SHOP}/referrers/{digest(about)}", params={"artifactType": "application/x.other"})
        assert (other.json()["manifests"], other.headers["oci-filters-applied"]) == ([], "artifactType")


def test_who_may_not_is_told_no_more_than_that(registry):
    with registry.http() as http:
        blob = put(http, b"secret of the shop")
    with registry.http(registry.viewer) as http:
        assert http.get(f"{SHOP}/blobs/{blob}").status_code == 200
        assert code(http.post(f"{SHOP}/blobs/uploads/")) == (403, "DENIED")
        assert code(http.delete(f"{SHOP}/blobs/{blob}")) == (403, "DENIED")
    with registry.http(registry.stranger) as http:
        for answer in (
            http.get(f"{SHOP}/blobs/{blob}"),
            http.get(f"{SHOP}/tags/list"),
            http.post(f"{SHOP}/blobs/uploads/"),
            http.get("/nowhere/app/tags/list"),
        ):
            assert code(answer) == (404, "NAME_UNKNOWN")
        assert code(http.get("/shop/tags/list")) == (400, "NAME_INVALID")


def test_an_upload_is_only_its_beginners(registry):
    with registry.http() as http:
        place = http.post(f"{SHOP}/blobs/uploads/").headers["location"].removeprefix("/v2")
    mine = registry.house.call("token.create", name="another", role="user", project=["shop"])["token"]
    with registry.http(mine) as http:
        assert code(http.get(place.replace("/shop/shop", "/shop/short"))) == (404, "BLOB_UPLOAD_UNKNOWN")
        assert code(http.patch(place, content=b"x")) == (404, "BLOB_UPLOAD_UNKNOWN")
    with registry.http() as http:
        assert http.delete(place).status_code == 204
        assert code(http.patch(place, content=b"x")) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_blobs_of_one_repository_are_in_another_only_once_they_are_mounted(registry):
    with registry.http() as http:
        blob = put(http, b"shared")
        assert code(http.get(f"/shop/second/blobs/{blob}")) == (404, "BLOB_UNKNOWN")
        made = http.post("/shop/second/blobs/uploads/", params={"mount": blob, "from": "shop/shop"})
        assert made.status_code == 201
        assert http.get(f"/shop/second/blobs/{blob}").content == b"shared"
        unknown = {"mount": digest(b"unknown"), "from": "shop/shop"}
        assert http.post("/shop/second/blobs/uploads/", params=unknown).status_code == 202
        assert http.post("/shop/second/blobs/uploads/", params={"mount": blob, "from": "other/x"}).status_code == 202


def test_a_push_goes_on_where_a_killed_daemon_left_off(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(oci_client, "PIECE_BYTES", 8 << 20)
    sent: list[tuple[int, int]] = []
    send = oci_client.Client._send_piece

    def noted(self, blobs, part: Descriptor, place: str, at: int, end: int):
        if part.size_bytes > len(content):
            sent.append((at, end))
        return send(self, blobs, part, place, at, end)

    def cut(file: IO[bytes], size_bytes: int) -> Iterator[bytes]:
        """kill -9 in the middle of the second piece, once the daemon has something of it."""
        killed = file.tell() != 8 << 20
        for chunk in chunks_of(file, size_bytes):
            yield chunk
            if not killed and file.tell() >= 12 << 20:
                eventually(lambda: _received_bytes(registry) > 9 << 20, within_s=60)
                registry.house.kill()
                received.append(_received_bytes(registry))
                registry.house.up()
                killed = True

    received: list[int] = []
    monkeypatch.setattr(oci_client.Client, "_send_piece", noted)
    monkeypatch.setattr(oci_client, "chunks_of", cut)
    blobs = Blobs(tmp_path / "blobs")
    content = os.urandom(32 << 20)  # what an earlier try has pushed would not be sent
    pushed = write_image(blobs, [write_layer(blobs, [File("big", content)])], Config())
    with registry.client("shop/big") as client:
        client.push(blobs, pushed.digest, "v1")
    [left_off] = received
    assert 8 << 20 < left_off < 16 << 20
    assert sent[:3] == [(0, 8 << 20), (8 << 20, 16 << 20), (left_off, left_off + (8 << 20))]
    assert [at for at, _ in sent[3:]] == [end for _, end in sent[2:-1]], f"nothing was sent again: {sent}"
    with registry.http() as http:
        assert http.get("/shop/big/manifests/v1").headers["docker-content-digest"] == pushed.digest
        layer = pushed.layers[0].digest
        assert digest(http.get(f"/shop/big/blobs/{layer}").content) == layer


def _received_bytes(registry: RegistryHouse) -> int:
    """Of the upload that is under way: the one that was written to last."""
    uploads = (registry.house.settings.home / "images" / "uploads").glob("*/data")
    return max((path.stat() for path in uploads), key=lambda status: status.st_mtime_ns).st_size


@pytest.mark.parametrize("size", [0, 1])
def test_the_smallest_blobs_are_taken_too(registry, size, tmp_path):
    blobs = Blobs(tmp_path / "blobs")
    blob = blobs.add(b"x" * size)
    with registry.client("shop/small") as client:
        client.push_blob(blobs, Descriptor("application/x", blob.digest, size))
    with registry.http() as http:
        assert http.get(f"/shop/small/blobs/{blob.digest}").content == b"x" * size


def _config(raw: bytes, http: httpx.Client) -> bytes:
    return http.get(f"{SHOP}/blobs/{json.loads(raw)['config']['digest']}").content
