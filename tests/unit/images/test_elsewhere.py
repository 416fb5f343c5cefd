"""A registry of somebody else's: images are brought there, come back proven, and its absence is said in words."""

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from nacre.core.errors import Failed, InvalidInput, NoSpace, NotFound, Unavailable
from nacre.engines.oci import client as oci_client
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.client import Client, Remote
from nacre.engines.oci.digests import digest_of
from nacre.engines.oci.manifest import Descriptor
from nacre.images.elsewhere import Elsewhere
from nacre.images.repository import parse_repository

TOKEN = "of-the-service"
SHOP = parse_repository("shop/shop")


class Fake(BaseHTTPRequestHandler):
    """A registry that asks for tokens of another service, sends downloads elsewhere, and breaks off or lies if told.

    The rules of the protocol are tested against real registries; this one does what those cannot be made to do.
    """

    contents: ClassVar[dict[str, bytes]] = {}
    breaks_after: ClassVar[list[int]] = []
    asked: ClassVar[list[str]] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.asked.append(f"{self.path} {self.headers.get('range', '')}".strip())
        host = f"http://{self.headers['host']}"
        if self.path.startswith("/token"):
            self._answer(200, b'{"token": "of-the-service"}' if self.headers.get("authorization") else b"{}")
        elif self.path.startswith("/cdn/"):
            self._content(self.contents[self.path.rpartition("/")[2]])
        elif self.headers.get("authorization") != f"Bearer {TOKEN}":
            challenge = f'Bearer realm="{host}/token",service="it",scope="repository:team/shop/shop:pull"'
            self._answer(401, b"", {"WWW-Authenticate": challenge})
        elif "/blobs/" in self.path:
            self._answer(307, b"", {"Location": f"/cdn/{self.path.rpartition('/')[2]}"})
        else:
            self._answer(200, self.contents[self.path.rpartition("/")[2]])

    def _content(self, data: bytes) -> None:
        at = int(self.headers["range"].removeprefix("bytes=").rstrip("-")) if "range" in self.headers else 0
        self.send_response(206 if at else 200)
        self.send_header("Content-Length", str(len(data) - at))
        self.end_headers()
        if self.breaks_after:
            self.wfile.write(data[at : at + self.breaks_after.pop()])
            self.close_connection = True
        else:
            self.wfile.write(data[at:])

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def fake() -> Iterator[str]:
    Fake.contents, Fake.breaks_after, Fake.asked = {}, [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Fake)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("needs root: mounts a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def image(made):
    manifest = made.release("shop/shop", 1, b"base" * 50_000)
    Fake.contents = {digest_of(data): data for data in (manifest.raw, *(
        made.blobs.path(part.digest).read_bytes() for part in manifest.blobs))}  # fmt: skip
    return manifest


def test_what_is_missing_comes_from_there_over_tokens_redirects_and_broken_connections(fake, image, made, tmp_path):
    Fake.breaks_after = [50_000, 1000]
    (tmp_path / "credentials").write_text("robot:secret\n")
    for blob in list(made.blobs):
        made.blobs.remove(blob.digest)
    images = made.images_with(Elsewhere(f"{fake}/team", tmp_path / "credentials"))
    root = images.unpacked(image.digest, "shop/shop")
    assert (root / "base").read_bytes() == b"base" * 50_000
    assert "secret" not in repr(images._elsewhere._remote(SHOP))
    resumed = [asked for asked in Fake.asked if "bytes=" in asked]
    assert resumed, "a broken download goes on where it broke off"


def test_what_is_not_what_its_digest_says_is_refused(fake, image, made, tmp_path):
    layer = image.layers[0].digest
    Fake.contents[layer] = bytes(len(Fake.contents[layer]))
    empty = Blobs(tmp_path / "empty")
    with Client(Remote(fake, "team/shop/shop", ("robot", "secret"))) as client, pytest.raises(InvalidInput) as refused:
        client.pull(empty, image.digest)
    assert refused.value.code == "digest-mismatch"
    assert not empty.has(layer) and not empty.has(image.digest)
    Fake.contents[image.digest] = image.raw + b" "
    with Client(Remote(fake, "team/shop/shop", ("robot", "secret"))) as client, pytest.raises(InvalidInput):
        client.pull(empty, image.digest)


def test_a_registry_that_is_down_is_said_to_be_and_nothing_is_tagged(made, monkeypatch):
    monkeypatch.setattr(oci_client, "_PAUSE_S", 0.001)
    images = made.images_with(Elsewhere("http://127.0.0.1:1"))
    made.release("shop/shop", 1)
    digest = made.release("shop/shop", 2).digest
    with pytest.raises(Unavailable) as refused:
        images.tag("shop/shop", 3, digest)
    assert refused.value.code == "registry-unreachable" and "127.0.0.1:1" in refused.value.message
    assert made.images.tags(SHOP) == ["release-1", "release-2"]


def test_wrong_credentials_are_said_to_be_wrong(fake, image, tmp_path):
    with Client(Remote(fake, "team/shop/shop")) as client, pytest.raises(Failed) as refused:
        client.pull(Blobs(tmp_path / "empty"), image.digest)
    assert refused.value.code == "registry-refused"


def test_a_full_disk_is_said_and_nothing_half_stays(small_disk):
    blobs = Blobs(small_disk / "blobs")
    kept = blobs.add(b"k" * 1000)
    with pytest.raises(NoSpace):
        blobs.add(b"x" * 65536 for _ in range(64))
    assert [blob.digest for blob in blobs] == [kept.digest]
    assert not list((small_disk / "blobs" / "unfinished").iterdir())
    with pytest.raises(NotFound):
        blobs.open(Descriptor("x", digest_of(b"other"), 1).digest)


def test_images_leave_room_for_the_databases(small_disk):
    blobs = Blobs(small_disk / "blobs", spare_bytes=600_000)
    with pytest.raises(NoSpace):
        blobs.add(b"x" * 65536 for _ in range(10))
    assert not list(blobs) and blobs.add(b"x" * 65536)


def test_an_upload_onto_a_full_disk_goes_on_once_there_is_room(small_disk, made):
    made.uploads._folder = small_disk
    upload = made.uploads.begin(SHOP, "ann")
    made.uploads.append(SHOP, upload.id, "ann", 0, b"x" * 500_000)
    filler = small_disk / "filler"
    with pytest.raises(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    with pytest.raises(NoSpace):
        made.uploads.append(SHOP, upload.id, "ann", 500_000, b"y" * 500_000)
    assert made.uploads.status(SHOP, upload.id, "ann").received_bytes == 500_000
    filler.unlink()
    made.uploads.append(SHOP, upload.id, "ann", 500_000, b"y" * 100_000)
