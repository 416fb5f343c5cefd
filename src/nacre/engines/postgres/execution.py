"""The one place that runs PostgreSQL's programs: as the right user, in a bare environment."""

import subprocess
from pathlib import Path

from nacre.core.errors import Failed
from nacre.engines.processes.users import Account

_BARE = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C"}
"""Output is parsed, so it must not depend on where the daemon was started."""


def run(argv: list[str], owner: Account | None = None, *, timeout_s: float = 120) -> str:
    """Run a program to its end; returns its output. Raises Failed with its last words."""
    done = finish(argv, owner, timeout_s=timeout_s)
    if done.returncode != 0:
        name = Path(argv[0]).name
        raise Failed(f"{name.replace('_', '-')}-failed", f"{name} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def finish(
    argv: list[str], owner: Account | None = None, *, timeout_s: float = 120
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, whatever its exit status, for callers that read both."""
    return subprocess.run(
        argv,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout_s,
        check=False,
        env=_BARE,
        cwd="/",
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
    )


def spawn(argv: list[str], owner: Account | None, log_path: Path) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own, its output appended to a file: it outlives the daemon."""
    with log_path.open("ab") as log:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            umask=0o077,
            env=_BARE,
            cwd="/",
            user=owner.uid if owner else None,
            group=owner.gid if owner else None,
            extra_groups=[] if owner else None,
        )
