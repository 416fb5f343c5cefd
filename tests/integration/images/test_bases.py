"""Bases made from this machine: the same twice, made once, and enough of a system for Python, Node and scripts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nacre.console.build import LOCKED_NODE
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.unpack import Rootfs
from nacre.images.base.bases import Base, Bases

_MODULES = "ssl sqlite3 ctypes readline lzma bz2 zlib uuid curses hashlib decimal asyncio zoneinfo venv ensurepip"


def make_bases(folder: Path) -> Bases:
    folder.mkdir(parents=True, mode=0o755)
    blobs = Blobs(folder / "blobs")
    return Bases(blobs, Rootfs(blobs, folder / "unpacked"), folder, folder / "node", LOCKED_NODE)


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Bases:
    return make_bases(tmp_path_factory.mktemp("bases") / "first")


def inside(base: Base, *argv: str) -> str:
    """Run in nothing but the image, as its user."""
    box = ["bwrap", "--ro-bind", str(base.rootfs), "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    settings = [word for name, value in base.env.items() for word in ("--setenv", name, value)]
    done = subprocess.run(
        [*box, "--unshare-all", "--uid", "1000", "--gid", "1000", "--clearenv", *settings, "--", *argv],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_python_is_the_one_that_nacre_runs_on_with_all_its_modules(bases):
    base = bases.python()
    told = (
        "sys.version, sys.prefix, len(ssl.create_default_context().get_ca_certs()) > 20, "
        "str(zoneinfo.ZoneInfo('Asia/Shanghai')), sys.getfilesystemencoding(), asyncio.__cached__"
    )
    code = f"import sys, json, {', '.join(_MODULES.split())}; print(json.dumps([{told}]))"
    version, prefix, trusts, zone, encoding, cached = json.loads(inside(base, "python", "-c", code))
    assert (version, prefix, trusts, zone, encoding) == (sys.version, "/usr/local", True, "Asia/Shanghai", "utf-8")
    assert (base.rootfs / cached.lstrip("/")).read_bytes()[4:8] == b"\1\0\0\0", "compiled, and never compared"


def test_scripts_find_what_they_start_with(bases):
    base = bases.python()
    script = "id -un; echo b a | tr ' ' '\\n' | sort | head -1; find /usr/bin -name env | sed s/usr/x/; date +%Z"
    assert inside(base, "bash", "-c", script).split() == ["app", "a", "/x/bin/env", "UTC"]
    assert inside(base, "sh", "-c", "echo ok > /tmp/x && cat /tmp/x") == "ok"


def test_node_and_npm_run(bases):
    base = bases.node()
    assert inside(base, "sh", "-c", "node -p 1+1 && HOME=/tmp npm --version").split("\n")[0] == "2"


def test_caddy_serves_static_sites(bases):
    assert inside(bases.static(), "caddy", "version").startswith("v2")


def test_bases_share_the_userland_and_are_made_once(bases):
    python, node = bases.python(), bases.node()
    assert python.layers[0] == node.layers[0]
    layers = {bases._blobs.path(layer.digest) for layer in (*python.layers, *node.layers)}
    made = {path: path.stat().st_ino for path in layers}
    assert (bases.python(), bases.node()) == (python, node)
    assert {path: path.stat().st_ino for path in layers} == made, "nothing was written again"
    assert bases.digests() >= {python.digest, node.digest}
    assert (python.prefix / "bin" / "python3").exists()


def test_a_base_is_the_same_from_another_folder_and_tells_nothing_of_this_machine(bases, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    mask = os.umask(0o077)
    try:
        base, first = make_bases(tmp_path / "elsewhere" / "deep").python(), bases.python()
    finally:
        os.umask(mask)
    assert base.digest == first.digest
    texts = [*base.rootfs.rglob("*.py"), *base.rootfs.glob("etc/*"), *base.rootfs.rglob("*.pyc")]
    told = [path for path in texts if path.is_file() and str(Path.home()).encode() + b"/" in path.read_bytes()]
    assert not told, f"{told[0]} says where it was made"
