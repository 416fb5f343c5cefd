"""A copy of data.db while it is in use, as it is at one moment."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nacre.core.clock import Clock
from nacre.core.operations import Stream
from nacre.core.spools import Spools
from nacre.core.store.store import Store

_PREFIX = ".copy-"
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Copies:
    """Called from worker threads. They are made in `folder`, and lose their names once they are whole."""

    store: Store
    clock: Clock
    spools: Spools
    folder: Path

    def database(self) -> Stream:
        """Raises NoSpace "disk-full"."""
        self.spools.new().promise(self.store.path.stat().st_size)
        with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=self.folder) as made:
            self.store.copy(Path(made) / "data.db")
            file = (Path(made) / "data.db").open("rb")
        size_bytes = os.fstat(file.fileno()).st_size
        return Stream.of(_pieces(file), f"data-{self.clock():%Y%m%d-%H%M%S}.db", size_bytes=size_bytes)

    def sweep(self) -> None:
        """Remove what a kill left behind."""
        for left in self.folder.glob(f"{_PREFIX}*"):
            shutil.rmtree(left)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
