"""The real git and ssh clients against a house that listens for them, and those that it must not let in."""

import shlex
import subprocess
from pathlib import Path

import pytest
from tests.daemon import can_mount, house_on
from tests.integration.repositories.conftest import git

from nacre.core.errors import NacreError

_PORT_AFTER = 39
"""The last of a house's own ports."""


@pytest.fixture(scope="module")
def house():
    with house_on("btrfs" if can_mount("btrfs") else "copy") as house:
        house.down()
        house.environment["NACRE_SSH_PORT"] = str(house.settings.port + _PORT_AFTER)
        house.up()
        house.call("project.create", name="shop")
        yield house


def keypair(folder: Path, name: str) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name], cwd=folder, check=True)
    return folder / name


@pytest.fixture(scope="module")
def key(house, tmp_path_factory):
    """A key that is let in, as the owner's."""
    made = keypair(tmp_path_factory.mktemp("keys"), "id")
    row = house.call("key.add", public_key=made.with_suffix(".pub").read_text(), name="laptop")
    told = subprocess.run(["ssh-keygen", "-l", "-f", made], capture_output=True, text=True, check=True).stdout
    assert row["fingerprint"] in told
    return made


def over(house, key: Path, host_keys: str = "") -> str:
    """The ssh that git is to use: with this key, and waiting for nobody."""
    options = [
        "-F", "/dev/null", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new",
        "-o", f"UserKnownHostsFile={host_keys or key.with_name('known')}", "-o", "PasswordAuthentication=no",
        "-o", "SendEnv=GIT_PROTOCOL", "-i", str(key),
    ]  # fmt: skip
    return shlex.join(["ssh", *options])


def address(house, project: str = "shop") -> str:
    return f"ssh://git@127.0.0.1:{house.environment['NACRE_SSH_PORT']}/git/{project}.git"


def test_a_project_is_cloned_pushed_fetched_and_its_files_follow(house, key, tmp_path):
    git(tmp_path, "clone", "-q", address(house), "work", GIT_SSH_COMMAND=over(house, key))
    work = tmp_path / "work"
    (work / "a.txt").write_text("one\n")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "one")
    told = git(work, "push", "origin", "HEAD:main", GIT_SSH_COMMAND=over(house, key)).stderr
    assert "remote:" in told
    assert (house.files("shop") / "a.txt").read_text() == "one\n"
    git(work, "push", "-q", "origin", "HEAD:extra", GIT_SSH_COMMAND=over(house, key))
    git(work, "push", "-q", "origin", ":extra", GIT_SSH_COMMAND=over(house, key))

    for protocol in ("0", "2"):
        other = f"other{protocol}"
        git(
            tmp_path,
            "-c",
            f"protocol.version={protocol}",
            "clone",
            "-q",
            address(house),
            other,
            GIT_SSH_COMMAND=over(house, key),
        )
        assert (tmp_path / other / "a.txt").read_text() == "one\n"
    (work / "big.bin").write_bytes(bytes(range(256)) * 20_000)
    git(work, "add", "-A")
    git(work, "commit", "-qm", "big")
    git(work, "push", "-q", "origin", "HEAD:main", GIT_SSH_COMMAND=over(house, key))
    git(tmp_path / "other2", "pull", "-q", GIT_SSH_COMMAND=over(house, key))
    assert (tmp_path / "other2" / "big.bin").stat().st_size == 256 * 20_000


def test_main_only_goes_forward(house, key, tmp_path):
    git(tmp_path, "clone", "-q", address(house), "work", GIT_SSH_COMMAND=over(house, key))
    work = tmp_path / "work"
    git(work, "commit", "-q", "--allow-empty", "-m", "first of another story", "--date", "2020-01-01T00:00:00Z")
    git(work, "push", "-q", "origin", "HEAD:main", GIT_SSH_COMMAND=over(house, key))
    git(work, "commit", "-q", "--amend", "--allow-empty", "-m", "rewritten")
    refused = git(work, "push", "--force", "origin", "HEAD:main", check=False, GIT_SSH_COMMAND=over(house, key))
    assert refused.returncode != 0 and "rejected" in refused.stderr


def test_a_key_nobody_knows_is_not_let_in(house, key, tmp_path):
    stranger = keypair(tmp_path, "stranger")
    refused = git(tmp_path, "clone", address(house), "work", check=False, GIT_SSH_COMMAND=over(house, stranger))
    assert refused.returncode != 0 and "Permission denied" in refused.stderr


def test_a_key_that_was_removed_is_not_let_in_again(house, key, tmp_path):
    second = keypair(tmp_path, "second")
    public = second.with_suffix(".pub").read_text()
    row = house.call("key.add", public_key=public)
    with pytest.raises(NacreError) as taken:
        house.call("key.add", public_key=public)
    assert taken.value.code == "key-taken"
    git(tmp_path, "ls-remote", address(house), GIT_SSH_COMMAND=over(house, second))
    assert [each["last_used_at"] is not None for each in house.call("key.list") if each["id"] == row["id"]] == [True]
    house.call("key.remove", id=row["id"])
    assert git(tmp_path, "ls-remote", address(house), check=False, GIT_SSH_COMMAND=over(house, second)).returncode != 0


def test_there_is_no_shell_and_nothing_else_to_reach(house, key, tmp_path):
    def ssh(*words: str) -> "subprocess.CompletedProcess[str]":
        argv = [*shlex.split(over(house, key)), "-p", house.environment["NACRE_SSH_PORT"]]
        return subprocess.run(
            [*argv, *words], capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL
        )

    greeted = ssh("git@127.0.0.1")
    assert greeted.returncode == 1 and "nothing is done here but git" in greeted.stderr
    for said in ("id", "git-upload-pack /etc", "git-upload-pack 'shop.git; id'", "git-upload-archive shop.git", "'"):
        assert ssh("git@127.0.0.1", said).returncode == 1, said
    assert "project-not-found" not in ssh("git@127.0.0.1", "git-upload-pack nothing.git").stderr
    assert ssh("-s", "git@127.0.0.1", "sftp").returncode != 0
    forwarded = ssh("-W", f"127.0.0.1:{house.settings.port}", "git@127.0.0.1")
    assert forwarded.returncode != 0 and not forwarded.stdout


@pytest.mark.parametrize("line", ["", "ssh-dss AAAA", "ssh-ed25519", "ssh-ed25519 !!!", "ssh-ed25519 AAAA x", "-----"])
def test_what_is_no_public_key_is_refused(house, line):
    with pytest.raises(NacreError) as refused:
        house.call("key.add", public_key=line or " ")
    assert refused.value.code == "bad-key"


def test_the_host_key_stays_the_same(house, key, tmp_path):
    known = str(tmp_path / "known")
    git(tmp_path, "ls-remote", address(house), GIT_SSH_COMMAND=over(house, key, known))
    house.restart()
    git(tmp_path, "ls-remote", address(house), GIT_SSH_COMMAND=over(house, key, known))
    assert (house.home / "ssh_host_key").stat().st_mode & 0o077 == 0
