"""The bar on standard error while a long operation runs; nothing where nobody watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nacre.core.progress import Step

OnStep = Callable[[Step], None]


@contextmanager
def progress_bar() -> Iterator[OnStep | None]:
    """A function that draws each step, or None when standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("starting", total=None)

        def on_step(step: Step) -> None:
            bar.update(task, description=step.phase, completed=step.done or 0, total=step.total)

        yield on_step
