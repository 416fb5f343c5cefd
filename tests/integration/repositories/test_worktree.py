"""The files of a branch over a repository: commits, moves that lose nothing, reverts, and moves that were cut off."""

import os

import pytest
from tests.integration.repositories.conftest import git

from nacre.core.errors import Conflict, NotFound
from nacre.core.names import Ref
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.engines.git import commands
from nacre.engines.git.commands import Person
from nacre.engines.git.worktree import Changed, Where, WorkTree
from nacre.repositories.looking import commit_for

ADA = Person("Ada", "ada@example.org")


@pytest.fixture
def tree(repository, plain_dir):
    files = plain_dir / "files"
    files.mkdir()
    if repository.confined.account is not None:
        os.chown(files, repository.confined.account.uid, repository.confined.account.gid)
    with WorkTree(repository, "main", files).held() as held:
        yield held


@pytest.fixture
def write(tree):
    def write(path, text):
        file = tree.files / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        owner = tree.files.stat()
        for one in (file.parent, file):
            os.chown(one, owner.st_uid, owner.st_gid)

    return write


def commit_all(tree, message="a change"):
    at = tree.where().at
    return tree.commit(at, [one.path for one in tree.changes(at)], message, ADA)


def pushed(tree, tmp_path, **files):
    """Somebody else's commit on the branch: the ref moves, the files do not."""
    work = tmp_path / "elsewhere"
    if not work.exists():
        git(tmp_path, "clone", "-q", str(tree.repository.folder), str(work))
    git(work, "pull", "-q", "origin", "main")
    for name, text in files.items():
        (work / name).write_text(text) if text is not None else (work / name).unlink()
    git(work, "add", "-A")
    git(work, "commit", "-qm", "theirs")
    git(work, "push", "-q", "origin", "HEAD:main")
    return tree.repository.commit("main")


def test_changes_are_told_and_committed_and_ignored_ones_and_own_git_folders_left_alone(tree, write):
    for path in ("a", "b/c", ".git/config", "inner/.git/HEAD", "inner/x", "skip.log"):
        write(path, path)
    write(".gitignore", "*.log\n")
    found = tree.changes(None)
    assert [one.path for one in found] == [b".gitignore", b"a", b"b/c", b"inner/x"]
    first = commit_all(tree)
    assert tree.where() == Where(first, first, None)
    assert tree.changes(first, folders=True) == []
    write("a", "other")
    (tree.files / "b" / "c").unlink()
    assert tree.changes(first) == [Changed(b"a", "changed"), Changed(b"b/c", "deleted")]
    second = tree.commit(first, [b"b/c"], "only one", ADA)
    assert [one.path for one in tree.changes(second)] == [b"a"]
    with pytest.raises(Conflict) as refused:
        tree.commit(second, [b".gitignore"], "nothing", ADA)
    assert refused.value.code == "nothing-to-commit"
    assert [one.path for one in tree.changes(second)] == [b"a"]


def test_clean_files_follow_a_push_and_changed_ones_stay(tree, write, tmp_path):
    write("a", "one")
    write("b", "one")
    first = commit_all(tree)
    second = pushed(tree, tmp_path, a="two", c="new")
    assert tree.move(first, second, keep=False).made
    assert (tree.files / "a").read_text() == "two" and (tree.files / "c").read_text() == "new"
    assert (tree.files / "c").stat().st_uid == tree.files.stat().st_uid
    write("b", "mine")
    third = pushed(tree, tmp_path, a="three")
    stayed = tree.move(second, third, keep=False)
    assert (stayed.made, stayed.changed) == (False, (b"b",))
    assert (tree.files / "a").read_text() == "two"
    assert tree.move(second, third, keep=True).made, "what is not in the way is kept"
    assert ((tree.files / "a").read_text(), (tree.files / "b").read_text()) == ("three", "mine")
    fourth = pushed(tree, tmp_path, b="theirs")
    refused = tree.move(third, fourth, keep=True)
    assert not refused.made and "b" in refused.in_the_way and (tree.files / "b").read_text() == "mine"
    write("new.txt", "mine")
    fifth = pushed(tree, tmp_path, **{"new.txt": "theirs"})
    assert not tree.move(third, fifth, keep=True).made and (tree.files / "new.txt").read_text() == "mine"
    tree.overwrite(fifth)
    assert (tree.files / "b").read_text() == "theirs" and tree.where() == Where(fifth, fifth, None)


def test_files_that_already_are_what_was_pushed_are_no_changes(tree, write, tmp_path):
    """As when somebody works in the workspace with a repository of their own and pushes from there."""
    write("a", "one")
    write("gone", "one")
    first = commit_all(tree)
    second = pushed(tree, tmp_path, a="two", new="file", gone=None)
    write("a", "two")
    write("new", "file")
    (tree.files / "gone").unlink()
    assert tree.move(first, second, keep=False).made
    assert tree.changes(second) == []


def test_a_move_that_was_cut_off_is_finished(tree, write, tmp_path):
    for name in "abcd":
        write(name, "one")
    commit_all(tree)
    second = pushed(tree, tmp_path, a="two", b="two", c=None, e="two")
    tree.repository.change_refs([f"update refs/nacre/to/main {second}"])
    write("a", "two")  # by then this much was done, and git was killed: its lock on the index stays too
    (tree.files / "c").unlink()
    (tree.repository.place("main") / "index").write_bytes(b"torn")
    assert tree.finish() == Where(second, second, None)
    assert tree.changes(second) == [] and (tree.files / "e").read_text() == "two"


def test_a_move_cut_off_over_a_change_of_ones_own_is_shown_as_what_it_is(tree, write, tmp_path):
    write("a", "one")
    write("b", "one")
    first = commit_all(tree)
    second = pushed(tree, tmp_path, a="two", b="two")
    tree.repository.change_refs([f"update refs/nacre/to/main {second}"])
    write("a", "two")
    write("b", "mine")
    assert tree.finish() == Where(second, first, None)
    assert (tree.files / "b").read_text() == "mine"
    assert [one.path for one in tree.changes(first)] == [b"a", b"b"]


def test_a_commit_is_taken_back_unless_later_ones_or_the_files_forbid(tree, write):
    write("a", "one\n")
    first = commit_all(tree)
    write("a", "two\n")
    write("b", "new\n")
    second = commit_all(tree)
    write("c", "other\n")
    third = commit_all(tree)
    fourth = tree.revert(third, second, "Revert", ADA)
    assert (tree.files / "a").read_text() == "one\n" and not (tree.files / "b").exists()
    assert (tree.files / "c").exists() and tree.changes(fourth) == []
    with pytest.raises(Conflict) as nothing:
        tree.revert(fourth, second, "Revert", ADA)
    assert nothing.value.code in ("nothing-to-commit", "revert-conflicts")
    write("a", "three\n")
    fifth = commit_all(tree)
    with pytest.raises(Conflict) as conflicts:
        tree.revert(fifth, first, "Revert", ADA)
    assert conflicts.value.code == "revert-conflicts" and "a" in conflicts.value.message
    write("c", "mine\n")
    with pytest.raises(Conflict) as changed:
        tree.revert(fifth, third, "Revert", ADA)
    assert changed.value.code == "files-changed"
    assert (tree.files / "c").read_text() == "mine\n" and tree.where() == Where(fifth, fifth, None)


def test_links_among_the_files_lead_git_nowhere_and_their_configuration_runs_nothing(tree, write, plain_dir):
    secret = plain_dir / "secret"
    secret.mkdir(mode=0o755)
    (secret / "key").write_text("do not read")
    (tree.files / "out").symlink_to(secret)
    write("sub/.git/HEAD", "ref: refs/heads/main\n")
    write("sub/.git/config", f"[core]\n fsmonitor = touch {plain_dir}/ran\n repositoryformatversion = 0\n")
    write("sub/.git/objects/x", "")
    write("sub/.git/refs/x", "")
    write(".gitattributes", "* filter=evil diff=evil\n")
    first = commit_all(tree)
    held = {entry.path: entry.mode for entry in tree.repository.entries(first)}
    assert held[b"out"] == "120000" and b"out/key" not in held
    tree.changes(first)
    assert not (plain_dir / "ran").exists()


def test_whoever_is_limited_to_a_branch_is_shown_no_other(tree, write):
    write("a", "one")
    first = commit_all(tree)
    tree.repository.change_refs([f"create refs/heads/theirs {first}"])
    write("a", "two")
    second = commit_all(tree)
    for pack in (commands.upload_pack, commands.receive_pack):
        words = pack(tree.repository.folder, advertise=True)
        shown = tree.repository.run(words, settings=commands.only_branch("theirs")).stdout.decode()
        assert f"{first} refs/heads/theirs" in shown and second not in shown


def test_what_pushes_leave_about_is_packed_when_it_is_much(tree, write):
    for number in range(3):
        write("a", str(number))
        commit_all(tree)
    assert tree.repository.run(["-c", "gc.auto=1", *commands.collect()[2:]]).exit_code == 0
    assert tree.changes(tree.where().at) == []


def test_who_is_limited_to_a_branch_is_told_of_no_commit_of_another(tree, write, repository):
    write("a.txt", "ours")
    ours = commit_all(tree)
    write("a.txt", "theirs")
    theirs = commit_all(tree)
    repository.change_refs([f"create refs/heads/secret {theirs}", f"update refs/heads/main {ours}"])
    limited = Principal(Kind.AGENT, "workspace of ann", Role.USER, person="ann", branch=Ref("shop"))
    assert commit_for(limited, repository, Ref("shop"), "main") == ours
    assert commit_for(OWNER, repository, Ref("shop"), "secret") == theirs
    for revision in ("secret", theirs, theirs[:10], "refs/heads/secret", "main^{/nothing}"):
        with pytest.raises(NotFound):
            commit_for(limited, repository, Ref("shop"), revision)
