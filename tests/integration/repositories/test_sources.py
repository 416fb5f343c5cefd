"""What is built from, out of a real repository and a real history of files."""

import io
import shutil
import tarfile

import pytest
from tests.integration.repositories.conftest import git

from nacre.core.errors import NotFound
from nacre.engines.files.history import FileHistory
from nacre.engines.files.sourcetar import pack
from nacre.repositories.sources import _committed, _recorded, read_source


def test_a_commit_is_given_out_exactly_and_always_the_same(repository, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q")
    (work / "run.sh").write_text("#!/bin/sh\n")
    (work / "run.sh").chmod(0o755)
    (work / "deep" / "er").mkdir(parents=True)
    (work / "deep" / "er" / "ünï.txt").write_bytes(b"\0binary" * 100_000)
    (work / "link").symlink_to("deep/er")
    (work / "escape").symlink_to("/etc/passwd")
    (work / ".gitattributes").write_text("run.sh export-ignore\n* export-subst\n")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "first")
    git(work, "push", "-q", str(repository.folder), "main")
    commit = repository.commit("main")

    once, again = (b"".join(pack(_committed(repository, commit))) for _ in range(2))
    assert once == again
    found = _members(once)
    assert sorted(found) == [".gitattributes", "deep/er/ünï.txt", "link", "run.sh"]
    assert found["run.sh"].mode == 0o755 and found["deep/er/ünï.txt"].size == 700_000
    assert {member.mtime for member in found.values()} == {315_619_200}
    with pytest.raises(NotFound) as refused:
        repository.commit("0" * 40)
    assert refused.value.code == "commit-not-found"


def test_a_checkpoint_is_given_out_as_it_was_without_what_is_no_source(tmp_path):
    files = tmp_path / "files"
    for folder in ("src", "node_modules/x", ".git", "src/__pycache__", "logs", ".venv/lib"):
        (files / folder).mkdir(parents=True)
        (files / folder / "some.txt").write_text("text")
    (files / ".gitignore").write_text("*.log\n/logs/\n!keep.log\n")
    (files / "src" / ".gitignore").write_text("/secret.env\n")
    for name in ("a.log", "keep.log", "src/secret.env", "secret.env", "src/run"):
        (files / name).write_text(name)
    (files / "src" / "run").chmod(0o700)
    history = FileHistory(tmp_path / "history")
    try:
        tree = history.tree("1", files)
        tree.start()
        seq = tree.barrier().seq
        once = b"".join(pack(_recorded(tree, seq)))
        shutil.rmtree(files / "src")
        (files / "new").write_text("later")
        tree.barrier()
        assert b"".join(pack(_recorded(tree, seq))) == once
    finally:
        history.close()
    found = _members(once)
    assert sorted(found) == [
        ".gitignore", "keep.log", "secret.env", "src", "src/.gitignore", "src/run", "src/some.txt",
    ]  # fmt: skip
    assert found["src/run"].mode == 0o755


def test_a_source_is_read_from_a_payload():
    assert read_source({"kind": "commit", "sha": "abc"}).kind == "commit"
    checkpoint = read_source({"kind": "checkpoint", "number": 3, "files_seq": 7, "branch": "try-x"})
    assert checkpoint.model_dump() == {"kind": "checkpoint", "branch": "try-x", "number": 3, "files_seq": 7}


def _members(tar):
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return {member.name: member for member in archive}
