"""Command lines and the environment of git, as pure functions: nothing is run here.

No configuration holds but what is said here: not the machine's, not the account's, and of a repository only what we
wrote into it. Hooks, pagers, editors, prompts, monitors and protocols that nobody meant are off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

GIT = "git"
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"

_ALWAYS: dict[str, str] = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "core.logAllRefUpdates": "always",
    "core.symlinks": "true",
    "core.fileMode": "true",
    "core.precomposeUnicode": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.fsync": "all",
    "core.fsyncMethod": "batch",
    "credential.helper": "",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "gc.auto": "0",  # a server that runs for long collects by itself, when nothing else runs
    "maintenance.auto": "false",
    "safe.directory": "*",  # whose it is, is known: the repository lies in a folder of the daemon's own
    "submodule.recurse": "false",
    "diff.ignoreSubmodules": "all",  # git would run itself in there, with their configuration
    "protocol.allow": "never",
    "transfer.fsckObjects": "true",
    "transfer.hideRefs": "refs/nacre",
    "uploadpack.allowFilter": "true",
    "pack.threads": "1",
    "pack.windowMemory": "64m",
    "core.packedGitLimit": "256m",
    "core.deltaBaseCacheLimit": "32m",
    "core.bigFileThreshold": "32m",
    "advice.detachedHead": "false",
    "init.defaultBranch": "main",
    "user.useConfigOnly": "true",
}


@dataclass(frozen=True)
class Person:
    """Who a commit is by."""

    name: str
    email: str


NOBODY = Person("nacre", "nacre@localhost")


def git_argv(words: Sequence[str], settings: Sequence[tuple[str, str]] = ()) -> list[str]:
    """git with its own words; `settings` hold for this run alone, over those that hold always."""
    argv = [GIT]
    for name, value in [*_ALWAYS.items(), *settings]:
        argv += ["-c", f"{name}={value}"]
    return [*argv, "--no-pager", "--no-replace-objects", "--literal-pathspecs", *words]


def environment(
    repository: Path, *, files: Path | None = None, index: Path | None = None, author: Person = NOBODY
) -> dict[str, str]:
    """The whole environment of one run on a bare repository; `files` is the work tree, kept out of its reach else."""
    env = {
        "PATH": SEARCH_PATH,
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "GIT_DIR": str(repository),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_SSH_COMMAND": "/bin/false",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_COMMITTER_NAME": author.name,
        "GIT_COMMITTER_EMAIL": author.email,
    }
    if files is not None:
        env["GIT_WORK_TREE"] = str(files)
    if index is not None:
        env["GIT_INDEX_FILE"] = str(index)
    return env


def init(branch: str) -> list[str]:
    return ["init", "--quiet", "--bare", f"--initial-branch={branch}", "--template="]


def resolve(revision: str) -> list[str]:
    """The commit that a revision names."""
    return ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]


def refs(*patterns: str) -> list[str]:
    return ["for-each-ref", "--format=%(objectname) %(refname)", *patterns]


def tree(commit: str) -> list[str]:
    """All files of a commit with their sizes, null-terminated."""
    return ["ls-tree", "-r", "-l", "-z", "--full-tree", commit]


def contents() -> list[str]:
    """The objects whose names come by standard input, one after another."""
    return ["cat-file", "--batch", "--buffer"]


def change_refs(now_ns: int) -> list[str]:
    """Carries out what comes by standard input as one transaction. git counts seconds, so the refs' logs say when."""
    return ["update-ref", "-m", str(now_ns), "--stdin"]


def transaction(changes: Sequence[str]) -> bytes:
    """Lines of `git update-ref --stdin` that take effect together or not at all."""
    return "".join(f"{line}\n" for line in ["start", *changes, "commit"]).encode()


def ref_log(name: str) -> list[str]:
    """What a ref has named, newest first: the commit, and since when, in ns since 1970 (see `change_refs`)."""
    return ["log", "--walk-reflogs", "--format=%H %gs", "--end-of-options", name]


# The files of a branch. Its index is only a memory of what was looked at: it is always the commit the files are at.


def read_commit(commit: str | None) -> list[str]:
    """The index becomes this commit's (None: empty), keeping what is known of files that stay the same."""
    return ["read-tree", "--empty"] if commit is None else ["read-tree", "-m", commit]


def refresh() -> list[str]:
    return ["update-index", "-q", "--refresh"]


def changed() -> list[str]:
    """What differs from the index, null-terminated: a letter, then the path."""
    return ["diff-files", "-z", "--name-status", "--ignore-submodules=all", "--no-ext-diff"]


def untracked(*, folders: bool) -> list[str]:
    """What is neither in the index nor ignored; with `folders`, a folder of nothing else is named alone."""
    whole = ["--directory", "--no-empty-directory"] if folders else []
    return ["ls-files", "-z", "--others", "--exclude-per-directory=.gitignore", *whole]


def stage() -> list[str]:
    """Take the paths of standard input, null-terminated, into the index as they are; what is gone goes."""
    return ["update-index", "-z", "--add", "--remove", "--stdin"]


def stage_entries() -> list[str]:
    """Take entries (mode, object, path) of standard input into the index."""
    return ["update-index", "-z", "--index-info"]


def intend() -> list[str]:
    """Have the paths of standard input in the index without their content, so that a comparison shows them."""
    return ["add", "--intent-to-add", "--pathspec-from-file=-", "--pathspec-file-nul"]


def write_tree() -> list[str]:
    return ["write-tree"]


def commit_tree(tree: str, parents: Sequence[str]) -> list[str]:
    """A commit with the message of standard input."""
    return ["commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), "-F", "-"]


def move_files(old: str, new: str, *, pretend: bool) -> list[str]:
    """Index and files go from one commit to another, keeping changes that are not in the way."""
    return ["read-tree", "-m", "-u", *(["--dry-run"] if pretend else []), old, new]


def overwrite_files(new: str) -> list[str]:
    """Index and files become a commit's, whatever was changed."""
    return ["read-tree", "--reset", "-u", new]


def changed_between(old: str, new: str) -> list[str]:
    """Null-terminated: “:old-mode new-mode old-object new-object letter”, then the path."""
    return ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", old, new]


def merge_trees(ours: str, theirs: str) -> list[str]:
    """The tree of a merge; with conflicts ends with 1 and names the paths, null-terminated. (git 2.38)"""
    return ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs]


_FIELDS = "%H%x00%P%x00%an%x00%ae%x00%aI%x00%B%x00"


def log(commit: str, limit: int, skip: int) -> list[str]:
    """Six null-terminated fields for each commit: name, parents, author, e-mail, time, message."""
    return ["log", f"--max-count={limit}", f"--skip={skip}", f"--format=tformat:{_FIELDS}", "--no-show-signature",
            "--end-of-options", commit]  # fmt: skip


def count(old: str | None, new: str, limit: int) -> list[str]:
    """How many commits `new` has that `old` has not."""
    return ["rev-list", "--count", f"--max-count={limit}", new, *([f"^{old}"] if old else [])]


_PLAIN = ("--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "--find-renames")


def diff_lines(old: str, new: str | None, paths: Sequence[str]) -> list[str]:
    """The patch from a commit to another, or to the files."""
    return ["diff", *_PLAIN, "--patch", "--end-of-options", old, *([new] if new else []), "--", *paths]


def diff_counts(old: str, new: str | None, paths: Sequence[str]) -> list[str]:
    """Null-terminated: lines added, removed (“-” where it is binary), and the path, or twice one for a renamed file."""
    return ["diff", *_PLAIN, "--numstat", "-z", "--end-of-options", old, *([new] if new else []), "--", *paths]


# What the client of another machine talks to.


def upload_pack(repository: Path, *, advertise: bool) -> list[str]:
    """Answers a fetch or a clone."""
    return ["upload-pack", "--stateless-rpc", "--strict", *_advertising(advertise), str(repository)]


def serve_fetch(repository: Path) -> list[str]:
    """Answers a fetch or a clone over one connection for all of the talk."""
    return ["upload-pack", "--strict", str(repository)]


def receive_pack(repository: Path, *, advertise: bool) -> list[str]:
    """Takes a push."""
    return ["receive-pack", "--stateless-rpc", *_advertising(advertise), str(repository)]


def _advertising(advertise: bool) -> list[str]:
    return ["--advertise-refs"] if advertise else []


def fetch_all(url: str) -> list[str]:
    """Every branch and tag of a repository elsewhere, under the names they have there."""
    return ["fetch", "--progress", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc",
            "--end-of-options", url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]  # fmt: skip


def remote_head(url: str) -> list[str]:
    """The commit that a repository elsewhere shows first."""
    return ["ls-remote", "--end-of-options", url, "HEAD"]


def bounded(argv: Sequence[str], largest_file_bytes: int) -> list[str]:
    """`argv`, unable to make a file larger than that."""
    return ["prlimit", f"--fsize={largest_file_bytes}", *argv]


def only_branch(name: str) -> list[tuple[str, str]]:
    """Settings with which a client sees, fetches and pushes this one branch and nothing else.

    Not with version 2 of the protocol, in which a client is given whatever it can name.
    """
    hidden = ("HEAD", "refs", f"!refs/heads/{name}")
    return [("transfer.hideRefs", which) for which in hidden]


def taking(largest_bytes: int, *, keeps_branches: bool, forward_only: bool) -> list[tuple[str, str]]:
    """Settings of a push: how large it may be, whether it may delete branches, whether it may rewrite them."""
    return [
        ("receive.maxInputSize", str(largest_bytes)),
        ("receive.denyDeletes", str(keeps_branches).lower()),
        ("receive.denyNonFastForwards", str(forward_only).lower()),
        ("receive.denyDeleteCurrent", "refuse"),
        ("receive.denyCurrentBranch", "ignore"),
        ("receive.autogc", "false"),
        ("receive.advertisePushOptions", "false"),
    ]


def collect() -> list[str]:
    """Pack what lies about loose, when it is much."""
    return ["-c", "gc.auto=2000", "-c", "gc.autoDetach=false", "gc", "--auto", "--quiet"]
