"""The bar on standard error while bytes go to or come from the daemon; nothing where nobody watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def transfer_bar(what: str, total_bytes: int | None) -> Iterator[Callable[[int], None]]:
    """A function that is told of every piece by its size in bytes."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=total_bytes)
        yield lambda size_bytes: bar.advance(task, size_bytes)


def counting(write: Callable[[bytes], int], advance: Callable[[int], None]) -> Callable[[bytes], None]:
    """Writes a piece and tells the bar of it."""

    def counted(piece: bytes) -> None:
        write(piece)
        advance(len(piece))

    return counted
