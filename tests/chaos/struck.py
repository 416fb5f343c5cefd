"""A house whose daemon can be struck at a named point, and what is seen of it from outside afterwards."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from tests.chaos.points import Fault
from tests.daemon import _FORMATS, House, StorageKind, can_mount, clear
from tests.seed import sow

from nacre.core.errors import NacreError
from nacre.engines.storage.loopfile import make_store

_PROGRAM = Path(__file__).with_name("faulty_daemon.py")


class StruckHouse(House):
    """As a House; its daemons are forks of one process that stays."""

    def __init__(self, home: Path, storage: StorageKind, **more: str) -> None:
        super().__init__(home, storage, **more)
        self._daemon_pid: int | None = None
        self.settings.logs.mkdir(parents=True)
        with (self.settings.logs / "daemon.log").open("ab") as log:
            self._nursery = subprocess.Popen(
                [sys.executable, str(_PROGRAM)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                env=self.environment, start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        assert self._daemon_pid is not None
        return self._daemon_pid

    @property
    def nursery_pid(self) -> int:
        return self._nursery.pid

    def up(self, **more: str) -> None:
        assert not more
        assert self.try_up(), f"no daemon:\n{self.log()[-3000:]}"

    def try_up(self) -> bool:
        """Start a daemon; False if it ended before it served."""
        assert self._nursery.stdin is not None
        self._nursery.stdin.write("up\n")
        self._nursery.stdin.flush()
        word, value = self._word()
        self._daemon_pid = int(value) if word == "ready" else None
        return word == "ready"

    def wait_gone(self) -> None:
        word, _ = self._word()
        assert word == "gone"
        self._daemon_pid = None

    def _end(self, how: signal.Signals) -> None:
        if self._daemon_pid is not None:
            os.kill(self._daemon_pid, how)
            self.wait_gone()

    def close(self) -> None:
        self.down()
        assert self._nursery.stdin is not None and self._nursery.stdout is not None
        self._nursery.stdin.close()
        self._nursery.wait(10)
        self._nursery.stdout.close()

    def _word(self) -> list[str]:
        assert self._nursery.stdout is not None
        line = self._nursery.stdout.readline()
        assert line, f"the nursery ended:\n{self.log()[-3000:]}"
        return line.split()

    @property
    def _armed(self) -> Path:
        return self.home / "faults.json"

    def left_to_strike(self) -> list[Any]:
        return json.loads(self._armed.read_text()) if self._armed.exists() else []

    def arm(self, faults: Sequence[Fault]) -> None:
        self._armed.write_text(json.dumps([fault.document() for fault in faults]))

    def strike(self, faults: Sequence[Fault], operation: str, **arguments: Any) -> NacreError | None:
        """Call an operation with the faults armed, and bring the daemon back as often as one of them kills it.

        Returns what the caller was refused with, None if the operation answered.
        """
        self.arm(faults)
        refused: NacreError | None = None
        try:
            self.call(operation, **arguments)
        except NacreError as error:
            refused = error
        assert len(self.left_to_strike()) < len(faults), f"the procedure never came there: {refused}"
        if any(fault.do in ("daemon", "both") for fault in faults):
            self.wait_gone()
            for _ in range(len(faults) + 1):
                if self.try_up():
                    break
            assert self._daemon_pid is not None, self.log()[-3000:]
        else:
            self.restart()  # its patience with Postgres, which grows with every kill, begins anew; so do open changes
        assert self.left_to_strike() == [], "the procedure never came there"
        self._armed.unlink()
        return refused

    def kill_after(self, delay_s: float, operation: str, **arguments: Any) -> None:
        """Call an operation, kill the daemon after a while, whatever it does then, and start it again."""

        def call() -> None:
            with suppress(NacreError):
                self.call(operation, **arguments)

        calling = threading.Thread(target=call)
        calling.start()
        time.sleep(delay_s)
        self.restart()
        calling.join()


@contextmanager
def struck_house(storage: StorageKind, **more: str) -> Iterator[StruckHouse]:
    """A running house on storage of that kind if it can be had here, else on plain copies."""
    if not can_mount(storage):
        storage = "copy"
    base = Path(tempfile.mkdtemp(prefix="nacre-"))
    base.chmod(0o711)
    (base / "h").mkdir()
    if storage != "copy":
        make_store(base / "image", base / "h" / "projects", 4 << 30, _FORMATS[storage])
    house = StruckHouse(base / "h", storage, **more)
    try:
        sow(house.home)
        house.up()
        yield house
    finally:
        house.close()
        clear(house, base)


def until(look: Callable[[], Any], within_s: float = 20.0) -> Any:
    """The first truthy answer of `look`, which may also raise OSError or an error of Postgres until then."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            if answer := look():
                return answer
        except (OSError, psycopg.Error):
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline, f"not within {within_s:g} s"
        time.sleep(0.02)
