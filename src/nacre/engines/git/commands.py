"""Command lines and the environment of git, as pure functions: nothing is run here.

No configuration holds but what is said here: not the machine's, not the account's, and of a repository only what we
wrote into it. Hooks, pagers, editors, prompts, monitors and protocols that nobody meant are off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GIT = "git"

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


def git_argv(words: Sequence[str], settings: Mapping[str, str] | None = None) -> list[str]:
    """git with its own words; `settings` hold for this run alone, over those that hold always."""
    argv = [GIT]
    for name, value in {**_ALWAYS, **(settings or {})}.items():
        argv += ["-c", f"{name}={value}"]
    return [*argv, "--no-pager", "--no-replace-objects", "--literal-pathspecs", *words]


def environment(
    repository: Path, *, files: Path | None = None, index: Path | None = None, author: Person = NOBODY
) -> dict[str, str]:
    """The whole environment of one run on a bare repository; `files` is the work tree, kept out of its reach else."""
    env = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
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


def change_refs() -> list[str]:
    """Carries out what comes by standard input as one transaction."""
    return ["update-ref", "--stdin", "--create-reflog", "-m", "nacre"]
