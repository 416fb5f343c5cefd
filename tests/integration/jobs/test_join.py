"""`nacre runner` as a person starts it: a machine that only has the join command builds, and hands the image in."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.daemon import House, house_on

from nacre.core.clock import system_clock
from nacre.core.store.store import Store
from nacre.engines.oci.blobs import Blobs
from nacre.jobs.jobs import Jobs
from nacre.jobs.states import State


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with house_on("copy") as house:
        yield house


def test_a_machine_that_joined_builds_what_it_is_given_and_hands_the_image_in(house: House, tmp_path: Path):
    url = f"http://127.0.0.1:{house.settings.port}"
    house.call("project.create", name="shop")
    (house.files("shop") / "index.html").write_text("<h1>Hello</h1>")
    commit = house.call("git.commit", ref="shop", message="A page")["commit"]
    house.call("node.drain", name="local")
    added = house.call("node.add", name="shelf")
    store = Store(house.settings.home / "data.db")
    jobs = Jobs(store, system_clock, shared=True)
    payload = {"project": "shop", "app": "shop", "release": 1, "source": {"kind": "commit", "sha": commit["sha"]}}
    job = jobs.submit("build", "shop", payload, key="release 1")
    environment, command = as_typed(added["join"])
    environment |= {"NACRE_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    kept = Blobs(tmp_path / "runner" / "images" / "blobs")
    unused = kept.add(b"what nobody asked for in days").digest
    os.utime(kept.path(unused), (0, 0))
    runner = subprocess.Popen(
        [sys.executable, "-m", *command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert runner.stdout is not None
        assert (
            runner.stdout.readline() == f"Node shelf builds for http://127.0.0.1:{house.settings.port}, 1 at a time.\n"
        )
        second = house.run("runner", "--join", url, "--token", added["token"], "--folder", str(tmp_path / "runner"))
        assert second.returncode == 1 and "Another runner works in" in second.stderr
        done = jobs.wait(job.id, 100)
        assert (done.state, done.runner) == (State.DONE, "shelf/1"), done
        assert done.result is not None
        assert kept.has(done.result["digest"]) and not kept.has(unused)
        manifest = httpx.get(
            f"{url}/v2/shop/shop/manifests/{done.result['digest']}",
            auth=("node", house.call("token.create", name="look", role="viewer")["token"]),
        )
        assert manifest.status_code == 200, manifest.text
        runner.send_signal(signal.SIGTERM)
        assert runner.wait(20) == 0
    finally:
        runner.kill()
        store.close()
    shown = house.run("job", "show", str(job.id))
    assert shown.returncode == 0 and "shelf/1" in shown.stdout
    assert "Image sha256:" in house.run("job", "logs", str(job.id), "--follow").stdout
    assert "shelf" in house.run("node", "list").stdout


def test_a_runner_without_a_token_or_with_a_wrong_one_says_what_to_do(house: House, tmp_path: Path):
    (tmp_path / "token").write_text("nacre_node_guessed\n")
    url = f"http://127.0.0.1:{house.settings.port}"
    for arguments, words in (
        ((), "nacre node add NAME"),
        (("--token-file", str(tmp_path / "none")), "cannot be read"),
        (("--token-file", str(tmp_path / "token")), "unknown, revoked or expired"),
    ):
        refused = house.run("runner", "--join", url, "--folder", str(tmp_path), *arguments)
        assert refused.returncode == 1 and words in refused.stderr, refused


def as_typed(line: str) -> tuple[dict[str, str], list[str]]:
    """What a shell makes of the command: variables before it, and its words."""
    words = shlex.split(line)
    first = next(number for number, word in enumerate(words) if "=" not in word)
    return dict(word.split("=", 1) for word in words[:first]), words[first:]
