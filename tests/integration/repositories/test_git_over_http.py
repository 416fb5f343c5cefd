"""The real git client against a house: what people do with a repository, and what they must not be able to."""

import filecmp
import gzip
import os
import socket
import subprocess
from pathlib import Path

import httpx
import pytest
from tests.integration.repositories.conftest import git
from tests.waiting import eventually

from nacre.core.errors import NacreError


@pytest.fixture(scope="module")
def token(shared_house):
    return token_of(shared_house, "admin")


@pytest.fixture(scope="module")
def empty(shared_house):
    """A project whose repository stays without a commit."""
    shared_house.call("project.create", name="empty")
    return "empty"


@pytest.fixture
def project(shared_house, request):
    name = "p" + "".join(letter for letter in request.node.name[5:] if letter.isalnum())[:30]
    shared_house.call("project.create", name=name)
    return name


def token_of(house, role, projects=None):
    arguments = {"name": f"t-{role}", "kind": "person", "role": role} | ({"project": projects} if projects else {})
    return house.call("token.create", **arguments)["token"]


def address(house, project, token, user="ada"):
    return f"http://{user}:{token}@127.0.0.1:{house.settings.port}/git/{project}.git"


def clone(house, project, token, where, name="work"):
    where.mkdir(exist_ok=True)
    git(where, "clone", "-q", address(house, project, token), name)
    return where / name


def write(house, ref, path, text):
    house.call("files.write", ref=ref, path=path, content=text.encode())


def commit(work, message="a change", **files):
    for name, text in files.items():
        (work / name).write_text(text)
    git(work, "add", "-A")
    git(work, "commit", "-qm", message)
    return git(work, "rev-parse", "HEAD").stdout.strip()


def test_a_project_is_cloned_changed_pushed_and_its_files_follow(shared_house, project, token, tmp_path):
    house = shared_house
    write(house, project, "README.md", "hello\n")
    status = house.call("git.status", ref=project)
    assert status["commit"] is None and not status["clean"]
    assert status["clone_url"].endswith(f"/git/{project}.git")
    first = house.call("git.commit", ref=project, message="First\n\nwhy")["commit"]
    assert (first["author"], first["message"]) == ("owner", "First\n\nwhy")
    work = clone(house, project, token, tmp_path)
    assert (work / "README.md").read_text() == "hello\n"
    second = commit(work, **{"app.py": "print(1)\n"})
    said = git(work, "push", "origin", "main").stderr
    assert f"remote: The files of {project} are at {second[:10]} now." in said
    assert (house.files(project) / "app.py").read_text() == "print(1)\n"
    assert (house.files(project) / "app.py").stat().st_uid == house.files(project).stat().st_uid
    status = house.call("git.status", ref=project)
    assert status["clean"] and status["commit"] == status["head"] == second
    assert [one["sha"] for one in house.call("git.log", ref=project)["commits"]] == [second, first["sha"]]
    write(house, project, "app.py", "print(2)\n")
    write(house, project, "new.py", "new\n")
    shown = house.call("git.diff", ref=project)
    assert "+print(2)" in shown["patch"] and [one["path"] for one in shown["files"]] == ["app.py", "new.py"]
    between = house.call("git.diff", ref=project, to=second)
    assert between["base"] == first["sha"] and [one["path"] for one in between["files"]] == ["app.py"]
    third = house.call("git.commit", ref=project, message="Only one", paths=["new.py"])["commit"]["sha"]
    git(work, "pull", "-q")
    assert (work / "new.py").exists() and (work / "app.py").read_text() == "print(1)\n"
    with pytest.raises(NacreError) as changed:
        house.call("git.revert", ref=project, commit=second)
    assert changed.value.code == "files-changed" and "app.py" in changed.value.message
    reverted = house.call("git.revert", ref=project, commit=third[:12])
    assert reverted["commit"]["message"].startswith('Revert "Only one"') and "--only files" in reverted["undo"]
    assert not (house.files(project) / "new.py").exists()
    assert (house.files(project) / "app.py").read_text() == "print(2)\n"


def test_changes_that_are_not_committed_outlive_a_push_until_somebody_brings_both_together(
    shared_house, project, token, tmp_path
):
    house = shared_house
    work = clone(house, project, token, tmp_path)
    commit(work, a="one\n", b="one\n")
    git(work, "push", "-q", "origin", "main")
    write(house, project, "a", "mine\n")
    second = commit(work, b="two\n")
    said = git(work, "push", "origin", "main").stderr
    assert "stay as they are" in said and "(a)" in said and f"nacre git update {project}" in said
    assert (house.files(project) / "b").read_text() == "one\n"
    status = house.call("git.status", ref=project)
    assert (status["behind"], status["head"], status["clean"]) == (1, second, False)
    with pytest.raises(NacreError) as behind:
        house.call("git.commit", ref=project, message="mine")
    assert behind.value.code == "files-behind"
    updated = house.call("git.update", ref=project)
    assert (updated["commit"], updated["commits"]) == (second, 1)
    assert [(house.files(project) / name).read_text() for name in "ab"] == ["mine\n", "two\n"]
    third = commit(work, a="theirs\n")
    git(work, "push", "-q", "origin", "main")
    with pytest.raises(NacreError) as in_the_way:
        house.call("git.update", ref=project)
    assert in_the_way.value.code == "files-changed"
    assert house.call("git.update", ref=project, discard=True)["commit"] == third
    assert (house.files(project) / "a").read_text() == "theirs\n"


def test_a_branch_starts_at_the_commit_that_its_parent_was_at_when_it_left(shared_house, project, token, tmp_path):
    house = shared_house
    write(house, project, "a", "one\n")
    first = house.call("git.commit", ref=project, message="first")["commit"]["sha"]
    house.call("branch.create", ref=project, name="try-x")
    write(house, project, "a", "two\n")
    house.call("git.commit", ref=project, message="second")
    status = house.call("git.status", ref=f"{project}:try-x")
    assert status["commit"] == status["head"] == first and status["clean"]
    work = clone(house, project, token, tmp_path)
    git(work, "switch", "-qc", "try-x", "origin/try-x")
    commit(work, a="tried\n")
    assert f"{project}:try-x are at" in git(work, "push", "origin", "try-x").stderr
    assert (house.files(f"{project}:try-x") / "a").read_text() == "tried\n"
    assert (house.files(project) / "a").read_text() == "two\n"


def test_main_only_goes_forward_and_branches_of_nacre_stay(shared_house, project, token, tmp_path):
    house = shared_house
    work = clone(house, project, token, tmp_path)
    commit(work, a="one\n")
    git(work, "push", "-q", "origin", "main", "main:free", "main:refs/tags/v1")
    git(work, "commit", "-q", "--amend", "-m", "other")
    assert "non-fast-forward" in git(work, "push", "--force", "origin", "main", check=False).stderr
    assert git(work, "push", "origin", ":main", check=False).returncode != 0
    git(work, "push", "-q", "--force", "origin", "HEAD:free")
    git(work, "push", "-q", "origin", ":free")
    assert git(work, "push", "origin", "HEAD:refs/nacre/at/main", check=False).returncode != 0
    assert "refs/nacre" not in git(work, "ls-remote").stdout


def test_of_two_who_push_at_once_one_wins_and_the_other_is_told(shared_house, project, token, tmp_path):
    house = shared_house
    works = [clone(house, project, token, tmp_path, name) for name in ("a", "b")]
    commits = [commit(work, message=work.name, **{work.name: "x"}) for work in works]
    pushes = [
        subprocess.Popen(["git", "push", "-q", "origin", "main"], cwd=work, stderr=subprocess.DEVNULL,
                         env=os.environ | {"GIT_TERMINAL_PROMPT": "0"})
        for work in works
    ]  # fmt: skip
    won = [push.wait(60) == 0 for push in pushes]
    assert sorted(won) == [False, True]
    status = house.call("git.status", ref=project)
    assert status["head"] == status["commit"] == commits[won.index(True)] and status["clean"]


def test_a_file_larger_than_what_operations_take_goes_both_ways(shared_house, project, token, tmp_path):
    work = clone(shared_house, project, token, tmp_path)
    git(work, "config", "core.compression", "0")
    (work / "large").write_bytes(os.urandom(68_000_000))
    sha = commit(work)
    git(work, "push", "-q", "origin", "main")
    assert shared_house.call("git.status", ref=project)["commit"] == sha
    assert filecmp.cmp(work / "large", shared_house.files(project) / "large", shallow=False)
    git(tmp_path, "clone", "-q", "--bare", address(shared_house, project, token), "again")
    assert git(tmp_path / "again", "cat-file", "-s", "main:large").stdout.strip() == "68000000"


def test_only_those_who_may_get_in_and_learn_nothing_else(shared_house, project, token, tmp_path):
    house = shared_house
    write(house, project, "a", "one\n")
    house.call("git.commit", ref=project, message="first")
    house.call("project.create", name="elsewhere")
    viewer, foreign = token_of(house, "viewer"), token_of(house, "user", ["elsewhere"])
    work = clone(house, project, viewer, tmp_path)
    commit(work, a="two\n")
    refused = git(work, "push", "origin", "main", check=False).stderr
    assert "403" in refused and "needs the role user" in refused
    wrong = git(tmp_path, "ls-remote", address(house, project, "nacre_wrong"), check=False)
    assert wrong.returncode != 0 and "Authentication failed" in wrong.stderr
    unknown = git(tmp_path, "ls-remote", address(house, "nothing-here", foreign), check=False).stderr
    hidden = git(tmp_path, "ls-remote", address(house, project, foreign), check=False).stderr
    assert "not found" in hidden
    assert hidden.replace(project, "X").replace(foreign, "T") == unknown.replace("nothing-here", "X").replace(
        foreign, "T"
    )


@pytest.mark.parametrize(
    "path",
    [
        "/git/{p}.git/HEAD", "/git/{p}.git/objects/info/packs", "/git/{p}.git/config", "/git/{p}.git/info/refs",
        "/git/../{p}.git/info/refs?service=git-upload-pack", "/git/{p}.git/../{p}.git/config",
        "/git/%2e%2e/{p}.git/info/refs?service=git-upload-pack", "/git/{p}.git%00/info/refs?service=git-upload-pack",
        "/git/{p}.git/info/refs?service=git-upload-archive", "/git/{p}.git/git-upload-archive",
        "/git//{p}.git/info/refs?service=git-upload-pack", "/git/{p}.git/info/refs%0a?service=git-upload-pack",
    ],
)  # fmt: skip
def test_other_addresses_lead_nowhere(shared_house, token, path):
    with httpx.Client(base_url=f"http://127.0.0.1:{shared_house.settings.port}", auth=("x", token)) as client:
        answer = client.get(path.format(p="any"))
        assert answer.status_code in (400, 404), answer.text


def test_bodies_made_to_harm_are_refused_and_the_house_goes_on(shared_house, empty, token):
    with httpx.Client(base_url=f"http://127.0.0.1:{shared_house.settings.port}", auth=("x", token)) as client:
        for service in ("git-upload-pack", "git-receive-pack"):
            headers = {"Content-Type": f"application/x-{service}-request"}
            for body, more in (
                (b"zzzz", {}), (b"ffff" + b"x" * 100, {}), (b"0003", {}), (b"\0" * 100_000, {}),
                (gzip.compress(b"0" * 70_000_000), {"Content-Encoding": "gzip"}), (b"x", {"Content-Encoding": "gzip"}),
                (b"x", {"Content-Encoding": "br"}),
            ):  # fmt: skip
                try:
                    client.post(f"/git/{empty}.git/{service}", content=body, headers=headers | more)
                except httpx.HTTPError:
                    pass  # hung up on, which is an answer too
        assert client.get(f"/git/{empty}.git/info/refs", params={"service": "git-upload-pack"}).status_code == 200
    shared_house.call("git.status", ref=empty)


def test_what_git_cannot_do_is_refused_with_the_reason(shared_house, empty):
    with pytest.raises(NacreError) as unknown:
        shared_house.call("git.diff", ref=empty, base="nothing-like-it")
    assert unknown.value.code == "commit-not-found"
    with pytest.raises(NacreError) as nothing:
        shared_house.call("git.commit", ref=empty, message="x")
    assert nothing.value.code == "nothing-to-commit"
    with pytest.raises(NacreError):
        shared_house.call("git.diff", ref=empty, base="--output=/tmp/x")
    assert shared_house.call("git.log", ref=empty) == {"commits": [], "more": False}


def test_a_repository_goes_with_its_project(shared_house, project, token, tmp_path):
    work = clone(shared_house, project, token, tmp_path)
    commit(work, a="one\n")
    git(work, "push", "-q", "origin", "main")
    shared_house.call("project.delete", ref=project)
    shared_house.call("project.create", name=project)
    assert shared_house.call("git.log", ref=project)["commits"] == []


def test_of_a_push_whose_client_is_gone_nothing_is_left(shared_house, empty, token):
    ref_line = f"{'0' * 40} {'1' * 40} refs/heads/main\0report-status side-band-64k".encode()
    begun = b"%04x" % (len(ref_line) + 4) + ref_line + b"0000PACK\0\0\0\2\0\0\0\1"
    head = (
        f"POST /git/{empty}.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 100000\r\n\r\n"
    )
    repository = str(shared_house.home / "git" / f"{empty}.git")
    with socket.create_connection(("127.0.0.1", shared_house.settings.port)) as client:
        client.sendall(head.encode() + begun)
        eventually(lambda: _running(repository), within_s=30)
    eventually(lambda: not _running(repository), within_s=30)
    eventually(lambda: list((shared_house.home / "git" / f"{empty}.git" / "nacre-pushes").iterdir()) == [], within_s=30)
    assert shared_house.call("git.status", ref=empty)["head"] is None
    said = shared_house.run("audit", "list", "--operation", "git.push", "--limit", "1", "--json").stdout
    assert "push-rejected" in said and empty in said


def _running(repository):
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"receive-pack" in words and repository.encode() in words:
            found.append(process)
    return found
