"""A runner in a process of its own, which stands still (SIGSTOP), or is cut off, when half of an image has left it."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.chaos.struck import StruckHouse
from tests.far_away import Far

_LATE = """
import datetime, sys
import nacre.core.clock as clock
clock.system_clock = lambda: datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=10)
from nacre.surfaces.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
"""The command line on a machine whose clock is ten minutes behind."""


class FarRunner:
    """Joined as `node add` says, through a line that counts what it sends; `stands_still` is set once it does.

    With `far` it is on that machine, whose clock is ten minutes behind, and the network is cut instead.
    """

    def __init__(self, house: StruckHouse, still_after_bytes: int, far: Far | None = None) -> None:
        self._far = far
        folder = Path(tempfile.mkdtemp(prefix="far-", dir=house.home.parent))
        self.name = f"far-{secrets.token_hex(2)}"
        self.token = str(house.call("node.add", name=self.name)["token"])
        (folder / "token").write_text(self.token)
        self.stands_still = threading.Event()
        at = far.near if far else "127.0.0.1"
        self._line = Line(at, house.settings.port, still_after_bytes, self._stand_still)
        program = [*far.within, sys.executable, "-c", _LATE] if far else [sys.executable, "-m", "nacre"]
        # What it has built on before need not be made and sent anew.
        subprocess.run(["cp", "-al", "-t", folder, house.home / "images"], check=True)
        self._process = subprocess.Popen(
            [
                *program, "runner", "--join", f"https://localhost:{self._line.port}",
                "--cacert", house.home / "root.crt", "--token-file", folder / "token", "--folder", folder,
            ],
            env={"PATH": os.environ["PATH"], "NACRE_HOME": str(folder)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def __enter__(self) -> "FarRunner":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._line.close()

    def go_on(self) -> None:
        if self._far:
            self._far.mend()
        else:
            self._process.send_signal(signal.SIGCONT)

    def says(self, words: str) -> str:
        """The next line of it with these words."""
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if words in line:
                return line
        raise AssertionError(f"it ended without “{words}”:\n{''.join(said)}")

    def _stand_still(self) -> None:
        if self._far:
            self._far.cut()
        else:
            self._process.send_signal(signal.SIGSTOP)
        self.stands_still.set()


class Line:
    """Leads connections to it on to a port of this machine, and calls `reached` once so many bytes have gone there."""

    def __init__(self, at: str, port: int, reached_after_bytes: int, reached: Callable[[], None]) -> None:
        self._to, self._left, self._reached = port, reached_after_bytes, reached
        self._listening = socket.create_server((at, 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                for source, sink, counted in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._lead, args=(source, sink, counted), daemon=True).start()

    def _lead(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with suppress(OSError):  # either side hung up
            while data := source.recv(1 << 16):
                sink.sendall(data)
                if counted:
                    self._count(len(data))
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _count(self, many: int) -> None:
        before, self._left = self._left, self._left - many
        if before > 0 >= self._left:
            self._reached()
