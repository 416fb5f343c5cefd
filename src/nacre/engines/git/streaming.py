"""Output of a command as it is pulled: nothing of it is kept, and closing ends the command."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from nacre.core.errors import Failed
from nacre.engines.processes.users import Account


class Pulled:
    """One running command, from which standard output is read. Use it as a context."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], user: Account | None, stdin: bytes) -> None:
        with ExitStack() as opening:
            # Whole before it starts: one who writes and reads by turns waits for itself once both pipes are full.
            asked = opening.enter_context(tempfile.TemporaryFile())
            asked.write(stdin)
            asked.seek(0)
            self._stderr = opening.enter_context(tempfile.TemporaryFile())
            try:
                self._process = subprocess.Popen(
                    argv, stdin=asked, stdout=subprocess.PIPE, stderr=self._stderr, env=env, cwd="/",
                    start_new_session=True, user=user.uid if user else None, group=user.gid if user else None,
                    extra_groups=[] if user else None,
                )  # fmt: skip
            except OSError as error:
                raise Failed("command-not-started", f"`{argv[0]}` could not be started: {error.strerror}.") from error
            assert self._process.stdout is not None
            self._stdout = opening.enter_context(self._process.stdout)
            self._files = opening.pop_all()

    def __enter__(self) -> "Pulled":
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever still runs is ended; the process is reaped."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._files.close()

    def line(self) -> bytes:
        """The next line without its end. Raises Failed "git-failed" when there is none."""
        line = self._stdout.readline()
        if not line.endswith(b"\n"):
            raise self._cut_off()
        return line[:-1]

    def take(self, size_bytes: int) -> bytes:
        """Exactly so many bytes. Raises Failed "git-failed" when it ends before."""
        piece = self._stdout.read(size_bytes)
        if len(piece) < size_bytes:
            raise self._cut_off()
        return piece

    def _cut_off(self) -> Failed:
        self._process.wait()
        self._stderr.seek(0)
        words = self._stderr.read(2000).decode(errors="replace").strip()
        return Failed("git-failed", f"git ended before it was through: {words or 'it gave no reason'}.")
