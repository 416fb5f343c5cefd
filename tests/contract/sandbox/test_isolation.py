"""What bubblewrap keeps apart, seen from inside; and that the attacks on it are real ones."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contract.sandbox.conftest import running

from nacre.core.errors import Unavailable
from nacre.engines.processes.users import Account
from nacre.engines.sandbox import attacker, proof
from nacre.engines.sandbox.driver import Driver
from nacre.engines.sandbox.drivers import named
from nacre.engines.sandbox.proof import Outcome, Targets, attack, prove
from nacre.engines.sandbox.spec import Mount


async def test_every_attack_fails(bubblewrap: Driver, account: Account | None) -> None:
    outcomes = await attack(bubblewrap, account, Targets(), thorough=True)
    held = bubblewrap.enforced()
    assert {outcome.attack: outcome.got for outcome in outcomes if outcome.got and outcome.boundary in held} == {}
    assert len(outcomes) == 12


async def test_people_may_start_when_all_holds(bubblewrap: Driver, account: Account | None) -> None:
    await prove(bubblewrap, account, Targets())
    await prove(named("none"), account, Targets())


async def test_what_is_not_heard_of_has_not_held(
    bubblewrap: Driver, account: Account | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> dict[str, str]:
        return {}

    monkeypatch.setattr(proof, "_assault", silent)
    with pytest.raises(Unavailable, match="it said nothing"):
        await prove(bubblewrap, account, Targets())


def test_without_a_sandbox_the_attacks_succeed(place: Path) -> None:
    """Those that harm nothing: what is laid out for them is found, so that finding nothing means something."""
    (place / "secret").write_text("x")
    with socket.socket(socket.AF_UNIX) as plain, socket.socket(socket.AF_UNIX) as abstract:
        plain.bind(str(place / "s"))
        abstract.bind(f"\0{place}")
        listener = socket.create_server(("127.0.0.1", 0))
        for one in (plain, abstract):
            one.listen(1)
        config = {
            "attacks": ["read-files", "use-sockets", "reach-ports", "gain-privileges", "exhaust-memory"],
            "files": [str(place / "secret")], "sockets": [str(place / "s")], "abstract": str(place),
            "addresses": ["127.0.0.1"], "ports": [listener.getsockname()[1]], "memory_bytes": 1 << 20,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, attacker.__file__, json.dumps(config)], capture_output=True, text=True, check=True
        )
        listener.close()
    got = {said["attack"]: said["got"] for said in map(json.loads, done.stdout.splitlines())}
    assert all(got.values()), got
    assert "is in view" in got["read-files"]
    assert got["use-sockets"].count("answers") == 2
    assert "65 MB of memory were taken" in got["exhaust-memory"]


@pytest.mark.parametrize("name", ["exhaust-disk", "exhaust-memory", "exhaust-processes"])
def test_using_too_much_is_not_getting_out(name: str) -> None:
    assert not Outcome(name, "disk", "it took much").is_grave
    assert Outcome("read-files", "files", "the key is in view").is_grave


async def test_the_machine_is_not_in_view(place: Path, bubblewrap: Driver, account: Account | None) -> None:
    (place / "other").mkdir()
    async with running(place, bubblewrap, account) as cell:
        said = await cell.shell(f"ls {place} /root /var/lib /srv /mnt 2>&1; ls /; cat /etc/passwd; hostname; ls /home")
        assert "other" not in said.text
        assert {"workspace", "ann"} <= {*said.text.split()}
        assert len((await cell.shell("cat /etc/passwd")).text.splitlines()) == 3
        assert (await cell.shell("ps -e --no-headers | wc -l")).text.strip() in ("4", "5")


async def test_files_belong_to_the_account_on_both_sides(
    place: Path, bubblewrap: Driver, account: Account | None
) -> None:
    async with running(place, bubblewrap, account) as cell:
        await cell.shell("echo mine > made; mkdir ~/kept; ln -s /etc/passwd link")
        owner = account.uid if account else os.geteuid()
        assert (cell.files / "made").stat().st_uid == (cell.home / "kept").stat().st_uid == owner
        assert (await cell.shell("stat -c %U made; cat ~/data/workspace/made")).text.split() == ["ann", "mine"]


async def test_what_is_mounted_for_reading_cannot_be_written(
    place: Path, bubblewrap: Driver, account: Account | None
) -> None:
    (place / "given").mkdir()
    (place / "given" / "x").write_text("as it was")
    mounts = (Mount(place / "given", "/srv/given"),)
    async with running(place, bubblewrap, account, mounts=mounts, cwd="/") as cell:
        said = await cell.shell("cat /srv/given/x; echo changed > /srv/given/x")
        assert said.text.startswith("as it was")
        assert said.exit_code != 0


async def test_programs_can_be_traced_but_not_the_warden(
    place: Path, bubblewrap: Driver, account: Account | None
) -> None:
    async with running(place, bubblewrap, account) as cell:
        said = await cell.shell("sleep 9 & cat /proc/$!/environ >/dev/null && echo own; cat /proc/1/environ; kill -9 1")
        assert said.text.split()[0] == "own"
        assert "NACRE" not in said.text
        assert await cell.inside.alive()


async def test_secrets_of_the_environment_are_in_no_argument(
    place: Path, bubblewrap: Driver, account: Account | None
) -> None:
    env = {"HOME": "/home/ann", "USER": "ann", "DATABASE_URL": "postgresql://ann:pearl-secret@/x"}
    async with running(place, bubblewrap, account, env=env) as cell:
        assert "pearl-secret" in (await cell.shell("echo $DATABASE_URL")).text
        lines = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit():
                    lines.append((entry / "cmdline").read_text(errors="replace"))
            except OSError:
                continue
        assert not any("pearl-secret" in line for line in lines)
        await asyncio.sleep(0)
