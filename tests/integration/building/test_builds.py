"""Sources become images: installed without credentials, the same each time, quick when little changed."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.building import Yard

from nacre.building.confined import Bounds
from nacre.core.errors import NacreError
from nacre.engines.oci.entries import Link
from nacre.engines.oci.layers import write_layer
from nacre.engines.sandbox.rooted import Rooted
from nacre.engines.sandbox.spec import Limits
from nacre.images.base.libraries import needed_by
from nacre.images.base.userland import copies
from nacre.images.runspec import LABEL, RunSpec

pytestmark = [pytest.mark.root, pytest.mark.xdist_group("builds")]

APP = """from flask import Flask

app = Flask(__name__)


@app.get("/")
def home():
    return "Hello {}"
"""
FLASK = {
    "app.py": APP.format("one"),
    "requirements.txt": "flask==3.1.0\ngunicorn==23.0.0\nMarkupSafe==3.0.2\n",
    "nacre.toml": "[publish]\nhealth = '/up'\n[cron]\n'@daily' = 'flask clean'\n",
    "secret/notes.psd": "x",
    ".env": "TOKEN=secret",
    "node_modules/left/over.js": "x",
}
MS = "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=="
PAD = "sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA=="
EXPRESS = {
    "package.json": '{"name": "x", "dependencies": {"ms": "2.1.3"}, "devDependencies": {"left-pad": "1.3.0"}}',
    "index.js": "require('http').createServer((_, to) => to.end(String(require('ms')('2d')))).listen(process.env.PORT)",
    "package-lock.json": json.dumps({
        "name": "x", "lockfileVersion": 3, "requires": True,
        "packages": {
            "": {"name": "x", "dependencies": {"ms": "2.1.3"}, "devDependencies": {"left-pad": "1.3.0"}},
            "node_modules/ms": {
                "version": "2.1.3", "integrity": MS,
            },
            "node_modules/left-pad": {
                "version": "1.3.0", "dev": True, "integrity": PAD,
            },
        },
    }),
}  # fmt: skip
PAGES = {
    "index.html": "<h1>Home</h1>",
    "about.html": "About",
    "docs/index.html": "Docs",
    "404.html": "Nothing here",
    "large.css": "body { color: teal }\n" * 200,
    ".git/config": "x",
}
NO_REGISTRY = """[publish.env]
UV_DEFAULT_INDEX = "http://192.0.2.1/"
UV_HTTP_TIMEOUT = "1"
UV_HTTP_RETRIES = "0"
"""
FILL = "head -c 400000000 /dev/zero >big; sleep 20"


def test_a_flask_app_is_built_runs_and_is_the_same_twice(place: Yard):
    first = place.build(FLASK)
    assert b"+ flask==3.1.0" in place.log
    with place.running(first.digest) as client:
        assert client.get("/").text == "Hello one"
    root = place.unpacked(first.digest)
    assert sorted(path.name for path in (root / "app").iterdir()) == [
        "app.py",
        "nacre.toml",
        "requirements.txt",
        "secret",
    ]
    facts = place.facts(first.digest)
    run = RunSpec.of_label(facts.labels[LABEL])
    assert (run, run.health, run.cron) == (first.run, "/up", {"@daily": "flask clean"})
    assert (facts.user, facts.working_dir, facts.exposed_ports) == (run.user, "/app", ("8080/tcp",))
    assert facts.labels["org.opencontainers.image.title"] == "shop"
    # Another cache, another folder, another time: nothing of them is in the image.
    again = place.build(FLASK, place.builder(cache="another"))
    assert not again.cached
    assert again.digest == first.digest


def test_what_changed_little_is_built_without_a_sandbox(place: Yard):
    before = place.build(FLASK)
    began = time.monotonic()
    after = place.build(FLASK | {"app.py": APP.format("two")})
    took_s = time.monotonic() - began
    assert after.cached and b"unchanged, taken from the cache" in place.log
    assert after.digest != before.digest
    one, two = place.manifest(before.digest).layers, place.manifest(after.digest).layers
    assert one[:-1] == two[:-1]
    assert took_s < 1


def test_a_node_app_has_what_production_needs_alone(place: Yard):
    built = place.build(EXPRESS)
    assert sorted(path.name for path in (place.unpacked(built.digest) / "app/node_modules").iterdir()) == ["ms"]
    with place.running(built.digest) as client:
        assert client.get("/").text == "172800000"


def test_pages_are_served_as_browsers_expect(place: Yard):
    built = place.build(PAGES)
    with place.running(built.digest) as client:
        assert client.get("/").text == "<h1>Home</h1>"
        assert (client.get("/about").text, client.get("/docs/").text) == ("About", "Docs")
        assert client.get("/docs").headers["location"].endswith("/docs/")
        missing = client.get("/nowhere")
        assert (missing.status_code, missing.text) == (404, "Nothing here")
        for hidden in ("/.git/config", "/index.html.nacre-etag"):
            assert client.get(hidden).status_code == 404
        sheet = client.get("/large.css")
        assert sheet.headers["content-encoding"] in ("gzip", "zstd")
        assert sheet.headers["content-type"].startswith("text/css")
        tag = client.get("/large.css", headers={"accept-encoding": "identity"}).headers["etag"]
        unchanged = client.get("/large.css", headers={"if-none-match": tag, "accept-encoding": "identity"})
        part = client.get("/large.css", headers={"range": "bytes=0-3", "accept-encoding": "identity"})
        assert unchanged.status_code == 304
        assert (part.status_code, part.text) == (206, "body")


def test_a_build_makes_pages_and_a_router_in_the_browser_gets_every_address(place: Yard):
    built = place.build({
        "package.json": '{"scripts": {"build": "node make.js"}}',
        "make.js": """const fs = require('fs')
fs.mkdirSync('dist/assets', {recursive: true})
fs.writeFileSync('dist/index.html', process.env.GREETING + (process.env.DATABASE_URL || ''))
fs.writeFileSync('dist/assets/main-BX3kd81a.js', '')""",
        "nacre.toml": "[publish.env]\nGREETING = 'Hello'\n",
    })  # fmt: skip
    with place.running(built.digest) as client:
        assert client.get("/orders/7").text == "Hello"
        assert client.get("/missing.js").status_code == 404
        assert "immutable" in client.get("/assets/main-BX3kd81a.js").headers["cache-control"]
        assert client.get("/").headers["cache-control"] == "no-cache"


def test_a_build_sees_the_app_and_nothing_else(place: Yard):
    ask = 'python3 -c "import socket; socket.create_connection((\\"169.254.169.254\\", 80), 3)"'
    look = f"env; ls -A / /app /root /var/lib; {ask}; exit 7"
    with pytest.raises(NacreError) as caught:
        place.build(FLASK | {"nacre.toml": f"[publish]\nbuild = '''{look}'''\n"})
    assert caught.value.code == "build-failed"
    assert "exit code 7" in caught.value.message and "No route to host" in caught.value.message
    said = place.log.decode()
    assert "TOKEN" not in said and "NACRE" not in said and "DATABASE_URL" not in said
    assert str(place.home) not in said
    assert place.leftovers() == []


def test_what_a_build_links_to_is_not_taken_from_the_machine(place: Yard):
    build = "rm -rf site; ln -s /etc site"
    with pytest.raises(NacreError) as caught:
        place.build({"index.html": "x", "nacre.toml": f"[publish]\nbuild = '{build}'\nstatic = 'site'\n"})
    assert caught.value.code in ("folder-not-found", "no-pages")


def test_a_cancelled_build_ends_at_once(place: Yard):
    cancel, began_s = threading.Event(), 0.0

    def hear(data: bytes) -> None:
        nonlocal began_s
        if b"begun" in data:
            began_s = time.monotonic()
            cancel.set()

    with pytest.raises(NacreError) as caught:
        place.build(PAGES | {"nacre.toml": "[publish]\nbuild = 'echo begun; sleep 100'\n"}, None, cancel.is_set, hear)
    assert caught.value.code == "build-cancelled"
    assert time.monotonic() - began_s < 5
    assert place.leftovers() == []


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        (EXPRESS | {"package.json": '{"dependencies": {"ms": "2.0.0"}}'}, "bad-lock-file", "does not fit"),
        ({"app.py": APP, "requirements.txt": "flask==99.9\n"}, "install-failed", "99.9"),
        ({"app.py": APP, "requirements.txt": "flask", "nacre.toml": NO_REGISTRY}, "registry-down", "cannot be reached"),
        (PAGES | {"nacre.toml": f"[publish]\nbuild = '{FILL}'\n"}, "build-too-large", "may take"),
        (PAGES | {"nacre.toml": "[publish]\nbuild = 'sleep 20'\n"}, "build-too-long", "0.05 minutes"),
    ],
)  # fmt: skip
def test_what_fails_says_why_and_leaves_nothing(place: Yard, files, code: str, words: str):
    minutes = 0.05 if code == "build-too-long" else 2
    with pytest.raises(NacreError) as caught:
        place.build(files, place.builder(Bounds(disk_gb=0.3, minutes=minutes)))
    assert caught.value.code == code
    assert words in caught.value.message and caught.value.hint
    assert place.leftovers() == []


def test_an_image_that_is_too_large_is_refused(place: Yard):
    with pytest.raises(NacreError) as caught:
        place.build({"index.html": "x", "film.bin": bytes(3 << 20)}, place.builder(image_limit_mb=2))
    assert caught.value.code == "image-too-large"


def test_what_a_killed_builder_left_is_ended_and_removed(place: Yard):
    process = subprocess.Popen([sys.executable, "-c", BUILD_FOREVER, str(place.home)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    for line in process.stdout:
        if line == b"begun\n":
            break
    sandboxes = [*(place.home / "b").iterdir()]
    process.kill()
    process.wait()
    assert len(sandboxes) == 1 and any(_runs_for(sandbox) for sandbox in sandboxes)
    place.builder().sweep()
    assert place.leftovers() == []
    assert not any(_runs_for(sandbox) for sandbox in sandboxes)


BUILD_FOREVER = """
import sys
from pathlib import Path
from tests.building import Yard
files = {"index.html": "x", "nacre.toml": "[publish]\\nbuild = 'echo begun; sleep 1000'"}
Yard(Path(sys.argv[1])).build(files, on_output=lambda data: (sys.stdout.buffer.write(data), sys.stdout.flush()))
"""


def _runs_for(sandbox: Path) -> bool:
    mark = f"NACRE_SANDBOX={sandbox}".encode()
    environments = (path / "environ" for path in Path("/proc").iterdir() if path.name.isdigit())
    return any(mark in _read(path) for path in environments)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_dockerfile_is_built_by_a_root_that_is_nobody_here(place: Yard):
    programs = [Path("/usr/bin", name) for name in ("sh", "id", "cat", "chown", "touch")]
    small = write_layer(place.store.blobs, [*copies([*programs, *needed_by(programs)]), Link("lib64", "usr/lib64")])
    built = place.build({
        "Dockerfile": """FROM scratch
ADD small.tar /
ARG MODE
RUN ["/usr/bin/sh", "-c", "id; cat /proc/self/uid_map; echo $MODE >/mode; touch /x; chown 1000:1000 /x"]
ENV COLOUR=teal
EXPOSE 3000
CMD ["/usr/bin/sh", "-c", "cat /mode"]
""",
        "small.tar": place.store.blobs.path(small.digest).read_bytes(),
        "nacre.toml": "[publish]\nhealth = '/up'\n[publish.env]\nMODE = 'fast'\n",
    })  # fmt: skip
    said = place.log.decode()
    assert "uid=0" in said
    first = int(next(line for line in said.splitlines() if line.strip().endswith(" 65536")).split()[1])
    assert first >= 0x70000000
    run = built.run
    assert (run.kind, run.start, run.port, run.health) == (
        "dockerfile",
        ("/usr/bin/sh", "-c", "cat /mode"),
        3000,
        "/up",
    )
    assert (run.env["COLOUR"], run.env["PORT"], run.env["MODE"]) == ("teal", "3000", "fast")
    assert (place.unpacked(built.digest) / "mode").read_text() == "fast\n"
    assert place.leftovers() == []


def test_who_breaks_out_to_where_images_are_built_does_not_open_its_network(plain_dir: Path):
    said = bytearray()
    inside = Rooted(plain_dir, (), Limits(1, 1 << 30, 64, 1 << 30))
    line = ["sh", "-c", "ip rule del pref 102 || ip route del unreachable 10.0.0.0/8 || ip link set lo down"]
    assert inside.run(line, env={}, timeout_s=20, say=said.extend, cancelled=threading.Event()) != 0
    assert said.count(b"Operation not permitted") == 3, said.decode()


def test_without_buildah_a_dockerfile_is_refused_with_the_reason(place: Yard, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NacreError) as caught:
        place.build({"Dockerfile": "FROM scratch\n"})
    assert caught.value.code == "no-container-builder"
    assert "buildah is not installed" in caught.value.message and "apt-get install buildah" in caught.value.hint
