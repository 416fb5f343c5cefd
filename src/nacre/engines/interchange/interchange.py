"""Writes passages as JSONL or Parquet, and reads such files: in a process of its own, never in the daemon."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Literal

from nacre.core.errors import Failed, InvalidInput, NacreError
from nacre.core.spools import Spool
from nacre.engines.interchange import frames

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Format = Literal["jsonl", "parquet"]
Account = tuple[int, int] | None
_PARQUET = b"PAR1"
_CPU_S = 60
_BYTES_A_CPU_SECOND = 2_000_000
"""The slowest that is borne: JSONL is read at some 20 MB/s, Parquet at hundreds."""

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Rows:
    """Of a file of Nacre's own [document, metadata, position, start, page, context, text] each, of others
    [name, text, metadata]; with a row of `vectors` for each, or none."""

    rows: Sequence[Any]
    vectors: "NDArray[np.float32] | None"


@dataclass(frozen=True)
class Opened:
    """`described` tells of the collection in a file of Nacre's own; it is None for others'."""

    described: Any
    rows: Iterator[Rows]


def format_of(spool: Spool) -> Format:
    spool.file.seek(0)
    return "parquet" if spool.file.read(len(_PARQUET)) == _PARQUET else "jsonl"


def write(
    spool: Spool,
    format_: Format,
    described: Mapping[str, Any],
    batches: "Iterator[tuple[Sequence[Sequence[Any]], NDArray[np.float32]]]",
    account: Account,
) -> None:
    """`described` holds the `dimension`; batches are rows of Nacre's own with their vectors.

    Raises NoSpace "disk-full", Failed "export-failed".
    """
    with _process("write", format_, _CPU_S * 100, subprocess.PIPE, account) as process:
        assert process.stdin is not None and process.stdout is not None
        draining = _Draining(process.stdout, spool)
        try:
            frames.send(process.stdin, dict(described))
            for rows, vectors in batches:
                frames.send(process.stdin, rows, vectors.astype("<f4", copy=False).tobytes())
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended, and why is told below
        draining.finish()
        if process.wait() != 0:
            raise Failed(
                "export-failed",
                "The process that writes the file ended before it was done.",
                hint="The daemon's log tells why; export it again.",
            )


@contextmanager
def opened(spool: Spool, account: Account) -> Iterator[Opened]:
    """What is in a file. Raises, and its rows do, InvalidInput "file-broken", "file-too-large"."""
    format_ = format_of(spool)
    spool.file.seek(0)
    cpu_s = _CPU_S + len(spool) // _BYTES_A_CPU_SECOND
    with _process("read", format_, cpu_s, spool.file, account) as process:
        assert process.stdout is not None
        text, _ = _received(process)
        yield Opened(json.loads(text).get("described"), _rows(process))


def _rows(process: "subprocess.Popen[bytes]") -> Iterator[Rows]:
    import numpy as np

    while True:
        text, numbers = _received(process)
        said = json.loads(text)
        if "end" in said:
            return
        rows, dimension = said["rows"], said["dimension"]
        if dimension is None:
            yield Rows(rows, None)
        else:
            yield Rows(rows, np.frombuffer(numbers, "<f4").reshape(len(rows), dimension))


def _received(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    assert process.stdout is not None
    try:
        frame = frames.receive(process.stdout)
    except ValueError:
        frame = None
    if frame is None:  # out of memory or of time
        raise InvalidInput(
            "file-too-large",
            "The file takes more memory or time to be read than one may.",
            hint="Write it in parts: Parquet in row groups of some thousand rows.",
        )
    if frame[0].startswith(b'{"error"'):
        raise InvalidInput(
            "file-broken",
            f"The file cannot be imported: {json.loads(frame[0])['error']}.",
            hint="Nothing of it was added. What is imported is told in “Back up, move and export collections”.",
        )
    return frame


class _Draining:
    """Takes what a process writes into a spool, in a thread; what fails there is raised by `finish`."""

    def __init__(self, source: IO[bytes], spool: Spool) -> None:
        self._source, self._spool = source, spool
        self._error: NacreError | None = None
        self._thread = threading.Thread(target=self._drain, name="export")
        self._thread.start()

    def finish(self) -> None:
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _drain(self) -> None:
        try:
            while piece := self._source.read(_PIECE_BYTES):
                self._spool.write(piece)
        except NacreError as error:
            self._error = error
            self._source.close()


@contextmanager
def _process(
    what: str, format_: Format, cpu_s: int, stdin: int | IO[bytes], account: Account
) -> Iterator["subprocess.Popen[bytes]"]:
    argv = argv_of(what, format_, cpu_s, account)
    process = subprocess.Popen(argv, stdin=stdin, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()


def argv_of(what: str, format_: Format, cpu_s: int, account: Account) -> list[str]:
    """The process starts as this one's user, and becomes the account once it found its modules."""
    becomes = [f"{account[0]}:{account[1]}"] if account else []
    return [sys.executable, "-P", "-m", "nacre.engines.interchange.inside", what, format_, str(cpu_s), *becomes]
