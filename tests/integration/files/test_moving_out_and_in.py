"""Uploads in pieces, downloads by range, archives out and in; hostile ones are refused with nothing left behind."""

import hashlib
import io
import os
import tarfile
import time
import zipfile
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.daemon import House

from nacre.core.errors import NacreError

_NUMBERS = count(1)
PIECE = 8 << 20


@pytest.fixture
def ref(shared_house: House) -> str:
    name = f"moving-{next(_NUMBERS)}"
    shared_house.call("project.create", name=name)
    return name


@pytest.fixture
def http(shared_house: House) -> Any:
    transport = httpx.HTTPTransport(uds=str(shared_house.settings.socket))
    with httpx.Client(transport=transport, base_url="http://nacre", timeout=60) as client:
        yield client


def begin(house: House, ref: str, path: str, content: bytes, **more: Any) -> Any:
    return house.call("upload.begin", ref=ref, path=path, size_bytes=len(content), **more)


def upload(house: House, ref: str, path: str, content: bytes, **more: Any) -> Any:
    begun = begin(house, ref, path, content, **more)
    for offset in range(0, len(content), PIECE):
        house.call("upload.append", ref=ref, id=begun["id"], offset=offset, content=content[offset : offset + PIECE])
    return house.call("upload.finish", ref=ref, id=begun["id"])


def refused(house: House, operation: str, **arguments: Any) -> NacreError:
    with pytest.raises(NacreError) as caught:
        house.call(operation, **arguments)
    return caught.value


def left_over(house: House, ref: str) -> list[Path]:
    """What lies beside the tree that is neither in it nor known."""
    branch = house.files(ref).parent
    return [path for folder in (".uploads", ".files.edits") for path in (branch / folder).glob("*")]


def test_pieces_go_on_where_they_stopped_and_may_come_twice(shared_house: House, ref: str) -> None:
    content = os.urandom(100_000)
    begun = begin(shared_house, ref, "in/data.bin", content, sha256=hashlib.sha256(content).hexdigest())
    send = {"ref": ref, "id": begun["id"]}
    shared_house.call("upload.append", **send, offset=0, content=content[:60_000])
    assert refused(shared_house, "upload.append", **send, offset=70_000, content=b"x").code == "upload-offset"
    assert refused(shared_house, "upload.finish", **send).code == "upload-unfinished"
    shared_house.call("upload.append", **send, offset=0, content=content[:60_000])
    again = shared_house.call("upload.append", **send, offset=50_000, content=content[50_000:80_000])
    assert again["received_bytes"] == 80_000
    assert (
        refused(shared_house, "upload.append", **send, offset=80_000, content=bytes(20_001)).code == "upload-too-large"
    )
    shared_house.call("upload.append", **send, offset=80_000, content=content[80_000:])
    done = shared_house.call("upload.finish", **send)
    assert (shared_house.files(ref) / "in/data.bin").read_bytes() == content
    assert done["etag"] == shared_house.call("files.stat", ref=ref, path="in/data.bin")["etag"]
    assert refused(shared_house, "upload.status", **send).code == "upload-not-found"
    assert left_over(shared_house, ref) == []


def test_an_upload_outlives_the_daemon(house: House) -> None:
    house.call("project.create", name="shop")
    content = os.urandom(3 << 20)
    begun = begin(house, "shop", "a.bin", content)
    house.call("upload.append", ref="shop", id=begun["id"], offset=0, content=content[: 1 << 20])
    house.restart()
    (found,) = house.call("upload.list", ref="shop")
    assert (found["id"], found["received_bytes"]) == (begun["id"], 1 << 20)
    house.call("upload.append", ref="shop", id=begun["id"], offset=1 << 20, content=content[1 << 20 :])
    house.restart()
    house.call("upload.finish", ref="shop", id=begun["id"])
    assert (house.files("shop") / "a.bin").read_bytes() == content


def test_what_is_there_already_waits_for_a_decision(shared_house: House, ref: str) -> None:
    upload(shared_house, ref, "a.txt", b"first")
    assert refused(shared_house, "upload.begin", ref=ref, path="a.txt", size_bytes=1).code == "file-exists"
    begun = begin(shared_house, ref, "b.txt", b"")
    upload(shared_house, ref, "b.txt", b"came between")
    assert refused(shared_house, "upload.finish", ref=ref, id=begun["id"]).code == "file-exists"
    kept = shared_house.call("upload.finish", ref=ref, id=begun["id"], collision="keep-both")
    assert kept["paths"] == ["b (2).txt"]
    replaced = upload(shared_house, ref, "a.txt", b"second", collision="replace")
    shared_house.call("files.restore", ref=ref, path=replaced["undo_paths"], at=replaced["before"])
    assert (shared_house.files(ref) / "a.txt").read_text() == "first"


@pytest.mark.parametrize(
    ("name", "content", "declared", "code"),
    [
        ("a.png", b"<!doctype html><script>x</script>", "image/png", "type-mismatch"),
        ("a.gif", b"GIF89a" + bytes(100) + b"<script>x</script>", "image/gif", "polyglot"),
        ("a.txt", b"\x7fELF\2\1\1" + bytes(100), "text/plain", "type-mismatch"),
    ],
)
def test_content_that_is_not_what_it_claims_is_not_kept(
    shared_house: House, ref: str, name: str, content: bytes, declared: str, code: str
) -> None:
    begun = begin(shared_house, ref, name, content, media_type=declared)
    shared_house.call("upload.append", ref=ref, id=begun["id"], offset=0, content=content)
    assert refused(shared_house, "upload.finish", ref=ref, id=begun["id"]).code == code
    assert left_over(shared_house, ref) == [] and list(shared_house.files(ref).iterdir()) == []


def test_content_with_another_digest_is_not_kept(shared_house: House, ref: str) -> None:
    begun = begin(shared_house, ref, "a.txt", b"abc", blake3="0" * 64)
    shared_house.call("upload.append", ref=ref, id=begun["id"], offset=0, content=b"abc")
    assert refused(shared_house, "upload.finish", ref=ref, id=begun["id"]).code == "digest-mismatch"
    assert left_over(shared_house, ref) == []


def test_what_is_too_large_or_cancelled_leaves_nothing(shared_house: House, ref: str) -> None:
    error = refused(shared_house, "upload.begin", ref=ref, path="a", size_bytes=3_000_000_000)
    assert error.code == "upload-too-large"
    begun = begin(shared_house, ref, "a.txt", b"abc")
    shared_house.call("upload.cancel", ref=ref, id=begun["id"])
    assert left_over(shared_house, ref) == []
    assert refused(shared_house, "upload.status", ref=ref, id="../../x").code in ("upload-not-found", "unknown-route")


def test_200_mb_go_up_and_come_down_quickly_with_flat_memory(shared_house: House, ref: str, tmp_path: Path) -> None:
    local = tmp_path / "large.bin"
    with local.open("wb") as file:
        for _ in range(25):
            file.write(os.urandom(PIECE))
    upload(shared_house, ref, "warm.bin", os.urandom(2 * PIECE))
    before = peak_of(shared_house.pid, reset=True)
    began = time.monotonic()
    sent = shared_house.run("files", "upload", ref, str(local), "--to", "in")
    took = time.monotonic() - began
    assert sent.returncode == 0, sent.stderr
    assert took < 40, f"{took:.1f} s"
    back = tmp_path / "back.bin"
    got = shared_house.run("files", "download", ref, "in/large.bin", "-o", str(back))
    assert got.returncode == 0, got.stderr
    assert hashlib.sha256(back.read_bytes()).digest() == hashlib.sha256(local.read_bytes()).digest()
    assert peak_of(shared_house.pid) - before < 120 << 20


def peak_of(pid: int, *, reset: bool = False) -> int:
    """The most anonymous memory a process has held, near enough: its resident peak, since the last reset."""
    if reset:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def test_downloads_come_by_range_and_are_never_run(shared_house: House, ref: str, http: httpx.Client) -> None:
    upload(shared_house, ref, "page.html", b"<html><script>alert(1)</script></html>")
    upload(shared_house, ref, "dots.png", b"\x89PNG\r\n\x1a\n" + bytes(100))
    url = f"/api/projects/{ref}/file/content"
    part = http.get(url, params={"path": "page.html"}, headers={"Range": "bytes=1-4"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"html", "bytes 1-4/38")
    page = http.get(url, params={"path": "page.html", "disposition": "inline"})
    assert page.headers["content-type"].startswith("text/plain")
    assert page.headers["x-content-type-options"] == "nosniff"
    saved = http.get(url, params={"path": "page.html"})
    assert saved.headers["content-disposition"].startswith("attachment")
    assert "html" not in saved.headers["content-type"]
    shown = http.get(url, params={"path": "dots.png", "disposition": "inline"})
    assert (shown.headers["content-type"], shown.headers["content-disposition"][:6]) == ("image/png", "inline")
    assert http.get(url, params={"path": "page.html"}, headers={"Range": "bytes=99-"}).status_code == 400
    for path in ("../" * 8 + "etc/passwd", "/../../etc/passwd", "%2e%2e/x", "a\0b"):
        assert http.get(url, params={"path": path}).status_code in (400, 404)


def test_the_past_can_be_downloaded_too(shared_house: House, ref: str, http: httpx.Client) -> None:
    upload(shared_house, ref, "a/b.txt", b"0123456789" * 200_000)
    shared_house.call("checkpoint", ref=ref, message="then")
    shared_house.call("files.delete", ref=ref, path=["a"])
    url = f"/api/projects/{ref}"
    part = http.get(f"{url}/file/content", params={"path": "a/b.txt", "at": "then"}, headers={"Range": "bytes=-5"})
    assert part.content == b"56789"
    packed = http.get(f"{url}/files/archive", params={"at": "then", "format": "tar.gz"})
    with tarfile.open(fileobj=io.BytesIO(packed.content)) as archive:
        assert f"{ref}/a/b.txt" in archive.getnames()


def test_an_archive_made_here_unpacks_to_the_same(shared_house: House, ref: str, http: httpx.Client) -> None:
    upload(shared_house, ref, "site/a/b.txt", b"b" * 3_000_000)
    upload(shared_house, ref, "site/run.sh", b"#!/bin/sh\n")
    files = shared_house.files(ref)
    (files / "site/run.sh").chmod(0o755)
    (files / "site/link").symlink_to("a/b.txt")
    (files / "site/empty").mkdir()
    for kind in ("zip", "tar.gz"):
        packed = http.get(f"/api/projects/{ref}/files/archive", params={"path": "site", "format": kind})
        upload(shared_house, ref, f"site.{kind}", packed.content)
        shared_house.call("files.unpack", ref=ref, path=f"site.{kind}", to=f"out-{kind}")
        out = files / f"out-{kind}" / "site"
        assert (out / "a/b.txt").read_bytes() == b"b" * 3_000_000
        assert (out / "run.sh").stat().st_mode & 0o777 == 0o755
        assert (out / "link").readlink() == Path("a/b.txt") and (out / "empty").is_dir()


def hostile() -> dict[str, bytes]:
    """Archives made to harm, by what is wrong with them."""
    made: dict[str, bytes] = {}

    def zipped(name: str, *members: tuple[str | zipfile.ZipInfo, bytes]) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members:
                archive.writestr(member, content)
        made[name] = packed.getvalue()

    def tarred(name: str, *infos: tarfile.TarInfo) -> None:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for info in infos:
                archive.addfile(info, io.BytesIO(bytes(info.size)))
        made[name] = packed.getvalue()

    def info(name: str, **facts: Any) -> tarfile.TarInfo:
        one = tarfile.TarInfo(name)
        for field, value in facts.items():
            setattr(one, field, value)
        return one

    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    zipped("climbing.zip", ("../evil.txt", b"x"))
    zipped("climbing-deep.zip", ("a/../../evil.txt", b"x"))
    zipped("absolute.zip", ("/tmp/evil.txt", b"x"))
    zipped("backslash.zip", ("..\\evil.txt", b"x"))
    zipped("encoded.zip", ("%2e%2e/evil.txt", b"x"))
    zipped("link-out.zip", (link, b"/etc"), ("link/evil.txt", b"x"))
    zipped("bomb.zip", ("zeros", bytes(200 << 20)))
    tarred("climbing.tar", info("../evil.txt", size=1))
    tarred("link-out.tar", info("a", type=tarfile.SYMTYPE, linkname="../.."), info("a/evil.txt", size=1))
    tarred(
        "through.tar",
        info("d", type=tarfile.DIRTYPE),
        info("l", type=tarfile.SYMTYPE, linkname="d"),
        info("l/x", size=1),
    )
    tarred("hard.tar", info("h", type=tarfile.LNKTYPE, linkname="/etc/passwd"))
    tarred("device.tar", info("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3))
    tarred("twice.tar", info("x", size=1), info("x", size=1))
    made["cut.zip"] = made["bomb.zip"][:-30]
    made["lying.tar"] = made["climbing.tar"][:700]
    return made


def test_hostile_archives_are_refused_and_leave_nothing(shared_house: House, ref: str) -> None:
    files = shared_house.files(ref)
    for name, content in hostile().items():
        (files / name).write_bytes(content)
        error = refused(shared_house, "files.unpack", ref=ref, path=name, to="out")
        assert error.code in ("bad-archive", "bad-path", "archive-too-large", "not-a-folder", "file-exists"), (
            f"{name}: {error.code} {error.message}"
        )
        assert not (files / "out").exists(), name
        assert left_over(shared_house, ref) == [], name
    assert not list(files.parent.rglob("evil.txt")) and not Path("/tmp/evil.txt").exists()
