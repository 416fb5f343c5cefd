"""A project made from a repository elsewhere; and pushes at whose worst moment the daemon is killed."""

import json
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from tests.integration.repositories.conftest import git
from tests.waiting import eventually

from nacre.core.errors import NacreError


@pytest.fixture
def elsewhere(tmp_path):
    """A repository on a plain web server on this machine; its first branch is called trunk."""
    work = tmp_path / "source"
    work.mkdir()
    git(work, "init", "-q", "-b", "trunk")
    (work / "app.py").write_text("print(1)\n")
    (work / "folder").mkdir()
    (work / "folder" / "deep.txt").write_text("deep\n")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "theirs")
    git(work, "tag", "v1")
    git(work, "branch", "other")
    served = tmp_path / "served"
    git(tmp_path, "clone", "-q", "--bare", str(work), str(served / "x.git"))
    git(served / "x.git", "update-server-info")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/x.git"
    server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_a_project_starts_from_a_repository_elsewhere_or_is_not_made_at_all(shared_house, elsewhere):
    house = shared_house
    house.call("project.create", name="cloned", from_git=elsewhere)
    assert (house.files("cloned") / "folder" / "deep.txt").read_text() == "deep\n"
    status = house.call("git.status", ref="cloned")
    assert status["clean"] and status["commit"] == status["head"]
    assert house.call("git.log", ref="cloned", start="v1")["commits"][0]["message"] == "theirs"
    assert house.call("git.log", ref="cloned", start="other")["commits"][0]["sha"] == status["head"]

    before = {project["name"] for project in house.call("project.list")}
    for url, code in ((elsewhere.replace("x.git", "none.git"), "clone-failed"), ("file:///etc", "bad-git-url")):
        with pytest.raises(NacreError) as refused:
            house.call("project.create", name="nothing", from_git=url)
        assert refused.value.code == code
    user = house.call("token.create", name="user", kind="person", role="user")["token"]
    asked = {"name": "nothing", "from_git": elsewhere}
    with httpx.Client(base_url=f"http://127.0.0.1:{house.settings.port}") as client:
        answer = client.post("/api/projects", json=asked, headers={"Authorization": f"Bearer {user}"})
    assert answer.json()["error"]["code"] == "private-address"
    assert {project["name"] for project in house.call("project.list")} == before
    assert not (house.home / "git" / "nothing.git").exists() and not (house.settings.projects / "nothing").exists()


def test_a_daemon_killed_between_a_push_and_the_files_finishes_when_it_starts(shared_house, tmp_path):
    house = shared_house
    house.call("project.create", name="killed")
    token = house.call("token.create", name="t", kind="person", role="admin")["token"]
    git(tmp_path, "clone", "-q", f"http://a:{token}@127.0.0.1:{house.settings.port}/git/killed.git", "work")
    work = tmp_path / "work"
    repository = house.home / "git" / "killed.git"
    for round_ in range(2):
        for number in range(400):
            (work / f"f{number}").write_text(f"{round_} {number}\n" * 50)
        git(work, "add", "-A")
        git(work, "commit", "-qm", str(round_))
        if round_ == 0:
            git(work, "push", "-q", "origin", "main")
    wanted = git(work, "rev-parse", "HEAD").stdout.strip()
    push = subprocess.Popen(["git", "push", "-q", "origin", "main"], cwd=work, stderr=subprocess.DEVNULL)
    eventually(lambda: (repository / "refs" / "nacre" / "to" / "main").exists() or push.poll() is not None, 30, 0.001)
    house.restart()
    push.wait(60)
    status = house.call("git.status", ref="killed")
    assert (status["commit"], status["head"], status["clean"]) == (wanted, wanted, True)
    assert (house.files("killed") / "f399").read_text().startswith("1 399\n")
    assert list((repository / "nacre-pushes").iterdir()) == []


def test_what_followed_from_a_push_is_done_after_a_kill_at_any_instant(shared_house, tmp_path):
    """What a kill can leave written down: a push that git has not taken, half of one, and one that it has."""
    house = shared_house
    house.call("project.create", name="instants")
    house.call("git.status", ref="instants")
    repository = house.home / "git" / "instants.git"
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q")
    (work / "a").write_text("one\n")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "one")
    sha = git(work, "rev-parse", "HEAD").stdout.strip()
    house.kill()
    git(work, "push", "-q", str(repository), "main")
    subprocess.run(["chown", "-R", "--reference", repository, repository], check=True)
    records = repository / "nacre-pushes"
    records.mkdir()
    asked = [["0" * 40, sha, "refs/heads/main"]]
    document = {"who": "person:ada", "person": "ada", "limited": None, "commands": asked}
    (records / "1.json").write_text(json.dumps(document).replace(sha, "1" * 40))
    (records / "2.json").write_text(json.dumps(document)[:20])
    (records / "3.json").write_text(json.dumps(document))
    house.up()
    assert list(records.iterdir()) == []
    assert (house.files("instants") / "a").read_text() == "one\n"
