"""A repository of the test's own, made and worked on by the real git, as the daemon does it."""

import subprocess
from pathlib import Path

import pytest

from nacre.engines.git.repository import Repository, make
from nacre.engines.processes.users import service_account
from nacre.engines.sandbox.bubblewrap import Bubblewrap
from nacre.engines.sandbox.confined import Confinement


@pytest.fixture
def repository(plain_dir: Path) -> Repository:
    confinement = Confinement(service_account("nacre"), enforced=not Bubblewrap().refusal())
    return make(plain_dir / "r.git", confinement, "main")


def git(where: Path, *words: str, check: bool = True, **more: str) -> "subprocess.CompletedProcess[str]":
    """The real client, as a person uses it."""
    settings = where.parent / "git-settings"
    settings.write_text("[safe]\n directory = *\n[init]\n defaultBranch = main\n")
    env = {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(where), "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": str(settings),
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org", **more,
    }  # fmt: skip
    done = subprocess.run(
        ["git", *words],
        cwd=where, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
    return done
