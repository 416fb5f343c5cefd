"""An unpacked image as the system inside: nothing of the machine in view, nothing of the image believed."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from tests.contract.sandbox.conftest import running, spec_in

from nacre.core.errors import Unavailable
from nacre.engines.processes.users import Account
from nacre.engines.sandbox.driver import Driver
from nacre.engines.sandbox.drivers import named
from nacre.engines.sandbox.proof import Targets, attack
from nacre.engines.sandbox.spec import Mount


@pytest.fixture
def root(place: Path) -> Path:
    """A system of one static-like shell: the machine's sh with its libraries, and an /etc of its own."""
    root = place / "root"
    for folder in ("bin", "etc", "opt/kept", "usr/bin"):
        (root / folder).mkdir(parents=True)
    for program in ("sh", "cat", "ls", "id", "touch"):
        _install(Path(str(shutil.which(program))).resolve(), root / "bin" / program, root)
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\nwww:x:33:33::/:/bin/sh\n")
    (root / "etc" / "motd").write_text("the image's own\n")
    (root / "tool").symlink_to("bin/cat")
    return root


def _install(program: Path, target: Path, root: Path) -> None:
    shutil.copy(program, target)
    for line in subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines():
        path = line.strip().partition(" => ")[2] or line.strip()
        path = path.rpartition(" (")[0]
        if path.startswith("/") and not (root / path[1:]).exists():
            (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, root / path[1:])


async def test_only_the_image_is_in_view_and_it_cannot_be_changed(
    place: Path, root: Path, bubblewrap: Driver, account: Account | None
) -> None:
    env = {"HOME": "/tmp", "USER": "app", "SHELL": "/bin/sh"}
    async with running(place, bubblewrap, account, root=root, env=env, cwd="/") as cell:
        assert (await cell.run("/tool", "/etc/motd")).text == "the image's own\n"
        names = set((await cell.run("sh", "-c", "ls /")).text.split())
        assert names == {"bin", "dev", "etc", "home", "lib", "lib64", "opt", "proc", "run", "tmp", "tool", "usr",
                         "workspace"} & (names | {"lib64"})  # fmt: skip
        assert "app" in (await cell.run("sh", "-c", "id")).text
        assert "www:x:33" in (await cell.run("cat", "/etc/passwd")).text
        assert "PIP_INDEX_URL" not in (await cell.run("cat", "/proc/self/environ")).text
        for path in ("/bin/new", "/etc/new", "/run/nacre/new", "/new"):
            assert (await cell.run("touch", path)).exit_code != 0
        assert (await cell.run("touch", "/workspace/new", "/tmp/new")).exit_code == 0


async def test_an_image_cannot_lead_the_way_out(
    place: Path, root: Path, bubblewrap: Driver, account: Account | None
) -> None:
    """Links where Nacre mounts something, and files that a loader reads, are somebody's attempt."""
    (place / "victim").mkdir()
    shutil.rmtree(root / "etc")
    (root / "etc").symlink_to(place / "victim")
    (root / "run").symlink_to(place / "victim")
    (root / "workspace").symlink_to(place / "victim")
    async with running(place, bubblewrap, account, root=root, env={"HOME": "/tmp"}, cwd="/workspace") as cell:
        await cell.run("touch", "/workspace/here")
        assert "victim" not in (await cell.run("ls", "-l", "/")).text
    assert not any((place / "victim").iterdir())
    assert (place / "files" / "here").exists()
    (root / "etc").unlink()
    (root / "etc").mkdir()
    (root / "etc" / "ld.so.preload").write_text("/bin/evil.so\n")
    (root / "etc" / "hosts").symlink_to(place / "victim" / "hosts")
    os.mkfifo(root / "etc" / "passwd")
    async with running(place, bubblewrap, account, root=root, env={"HOME": "/tmp"}, cwd="/") as cell:
        assert (await cell.run("cat", "/etc/ld.so.preload")).exit_code != 0
        assert "localhost" in (await cell.run("cat", "/etc/hosts")).text
    assert not any((place / "victim").iterdir())


async def test_folders_for_reading_may_lie_in_one_that_nobody_has_written_to_yet(
    place: Path, root: Path, bubblewrap: Driver, account: Account | None
) -> None:
    (place / "files" / "deps").mkdir(parents=True)
    (place / "kept").mkdir()
    (place / "kept" / "module").write_text("shared\n")
    mounts = (Mount(place / "files", "/app", writable=True, fresh=True), Mount(place / "kept", "/app/deps"))
    async with running(place, bubblewrap, account, root=root, mounts=mounts, env={"HOME": "/tmp"}, cwd="/app") as cell:
        assert (await cell.run("cat", "deps/module")).text == "shared\n"
        assert (await cell.run("touch", "deps/x")).exit_code != 0
        assert (await cell.run("touch", "x")).exit_code == 0


async def test_it_starts_within_a_third_of_a_second(
    place: Path, root: Path, bubblewrap: Driver, account: Account | None
) -> None:
    took = []
    for _ in range(3):
        began = time.monotonic()
        async with running(place, bubblewrap, account, root=root, env={"HOME": "/tmp"}, cwd="/") as cell:
            await cell.inside.start(["sh", "-c", "true"], key="x")
            took.append(time.monotonic() - began)
    assert min(took) < 0.3, took


async def test_every_attack_from_within_an_image_fails(
    place: Path, bubblewrap: Driver, account: Account | None
) -> None:
    (place / "empty").mkdir()
    outcomes = await attack(bubblewrap, account, Targets(), thorough=False, root=place / "empty")
    held = bubblewrap.enforced()
    assert {outcome.attack: outcome.got for outcome in outcomes if outcome.got and outcome.boundary in held} == {}
    assert len(outcomes) == 9


async def test_without_isolation_no_image_is_run(place: Path, root: Path, account: Account | None) -> None:
    service = named("none").service(spec_in(place, named("none"), account, root=root))
    with pytest.raises(Unavailable) as refused:
        await service.start()
    assert refused.value.code == "isolation-needed"
