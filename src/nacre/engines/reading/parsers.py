"""Parses many documents, one after another or side by side, without loading the parsers for each.

A process loads them once and forks one for each document (inside.py), which takes a hundredth of the time of a new one.
"""

import socket
import subprocess
import threading

from nacre.engines.reading.kinds import Kind
from nacre.engines.reading.reading import LONGEST_S, MANY, argv

_PIECE_BYTES = 1 << 16


class Parsers:
    """Called from worker threads. Starts the process at need; `close` ends it, until it is needed again."""

    def __init__(self, account: tuple[int, int] | None) -> None:
        """`account` is the uid and gid that parsers run as, None for those of this process."""
        self._account = account
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked: socket.socket | None = None

    def parse(self, kind: Kind, data: bytes) -> bytes:
        """See reading.Parse. Where the process itself ended, nothing is the document's fault: another one is asked."""
        process, said = self._parse(kind, data)
        return said if said or process.poll() is None else self._parse(kind, data)[1]

    def close(self) -> None:
        """Those that parse still go on to their end."""
        with self._lock:
            if self._process is not None and self._asked is not None:
                self._asked.close()
                self._process.wait()
                self._process = self._asked = None

    def _parse(self, kind: Kind, data: bytes) -> tuple["subprocess.Popen[bytes]", bytes]:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                process = self._ask(kind, theirs)
            ours.settimeout(LONGEST_S)
            try:
                ours.sendall(data)
                ours.shutdown(socket.SHUT_WR)
                return process, b"".join(iter(lambda: ours.recv(_PIECE_BYTES), b""))
            except ConnectionError:
                return process, b""

    def _ask(self, kind: Kind, theirs: socket.socket) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._process is None or self._asked is None or self._process.poll() is not None:
                self._process, self._asked = self._started()
            socket.send_fds(self._asked, [kind.value.encode()], [theirs.fileno()])
            return self._process

    def _started(self) -> tuple["subprocess.Popen[bytes]", socket.socket]:
        if self._asked is not None:
            self._asked.close()
        asked, asks = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with asks:
            quiet = subprocess.DEVNULL
            return subprocess.Popen(argv(MANY, self._account), stdin=asks.fileno(), stdout=quiet, stderr=quiet), asked
