"""A place to build in: a builder with stores of its own, sandboxes for it, and images that are run as anybody would."""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.applications import lay_out
from tests.ports import free_port

from nacre.building.build import Builder, Built
from nacre.building.confined import Bounds, Confined
from nacre.engines.oci.blobs import Blobs
from nacre.engines.oci.digests import Digest
from nacre.engines.oci.manifest import Facts, Manifest, parse_config, parse_manifest
from nacre.engines.oci.unpack import Rootfs
from nacre.engines.processes.users import service_account
from nacre.engines.sandbox.drivers import named
from nacre.images.base.bases import Bases

LABELS = {"dev.nacre.project": "shop", "dev.nacre.app": "shop"}
_LOCKED_NODE = Path(__file__).parents[1] / "requirements" / "node.txt"


@dataclass
class Store:
    """Where images come to lie."""

    blobs: Blobs
    bases: Bases
    rootfs: Rootfs


class Yard:
    """`home` is short, since sockets lie below it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        blobs = Blobs(home / "blobs")
        rootfs = Rootfs(blobs, home / "rootfs")
        (home / "bases").mkdir(exist_ok=True)
        self.store = Store(blobs, Bases(blobs, rootfs, home / "bases", home / "node", _LOCKED_NODE), rootfs)
        self.log = b""

    def builder(self, bounds: Bounds = Bounds(), image_limit_mb: int = 4096, cache: str = "cache") -> Builder:  # noqa: B008 - frozen
        confined = Confined(named("bubblewrap"), self.home / "b", service_account("nacre"), bounds)
        return Builder(confined, self.home / cache, self.home / "scratch", image_limit_mb)

    def build(
        self,
        files: Mapping[str, str | bytes],
        builder: Builder | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        on_output: Callable[[bytes], None] = lambda data: None,
    ) -> Built:
        """Build these files in a folder of their own; what was said is in `log`."""
        said: list[bytes] = []

        def say(data: bytes) -> None:
            said.append(data)
            on_output(data)

        with tempfile.TemporaryDirectory() as folder:
            lay_out({path: text for path, text in files.items() if isinstance(text, str)}, Path(folder))
            for path, content in files.items():
                if isinstance(content, bytes):
                    Path(folder, path).write_bytes(content)
            try:
                return (builder or self.builder()).build(Path(folder), LABELS, say, cancelled, self.store)
            finally:
                self.log = b"".join(said)

    def manifest(self, digest: Digest) -> Manifest:
        found = parse_manifest(self.store.blobs.read(digest, 1 << 22))
        assert isinstance(found, Manifest)
        return found

    def facts(self, digest: Digest) -> Facts:
        return parse_config(self.store.blobs.read(self.manifest(digest).config.digest, 1 << 22))

    def unpacked(self, digest: Digest) -> Path:
        return self.store.rootfs.unpack(self.manifest(digest))

    @contextmanager
    def running(self, digest: Digest) -> Iterator[httpx.Client]:
        """The image, run by what its configuration says alone, once it answers."""
        port = free_port()
        root, facts = self.unpacked(digest), self.facts(digest)
        process = subprocess.Popen(_argv(root, facts, port), stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                _answers(client, process)
                yield client
        finally:
            process.kill()
            process.wait()

    def leftovers(self) -> list[Path]:
        """What builds left, once those who clean up are through."""
        for thread in threading.enumerate():
            if thread.name == "build-cleaning":
                thread.join(30)
        return [path for name in ("b", "scratch") for path in (self.home / name).glob("*")]


@contextmanager
def yard() -> Iterator[Yard]:
    home = Path(tempfile.mkdtemp(prefix="nacre-"))
    home.chmod(0o711)
    try:
        yield Yard(home)
    finally:
        shutil.rmtree(home)


def _argv(root: Path, facts: Facts, port: int) -> list[str]:
    env = dict(line.split("=", 1) for line in facts.env) | {"PORT": str(port)}
    uid, gid = facts.user.split(":")
    return [
        "bwrap", "--unshare-user", "--unshare-pid", "--die-with-parent", "--uid", uid, "--gid", gid,
        "--ro-bind", str(root), "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
        "--chdir", facts.working_dir, "--clearenv",
        *(word for name, value in env.items() for word in ("--setenv", name, value)), *facts.argv,
    ]  # fmt: skip


def _answers(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            client.get("/")
            return
        except httpx.TransportError:
            assert process.poll() is None and time.monotonic() < deadline, "the image does not answer"
            os.sched_yield()
