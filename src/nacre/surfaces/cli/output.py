"""What the command line prints: one JSON document for programs, words for people."""

import json
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from nacre.core.errors import NacreError

if TYPE_CHECKING:
    from rich.console import Console

_PIPED_WIDTH = 240


def print_document(data: Any) -> None:
    """The one JSON document of a call with --json."""
    indent = 2 if sys.stdout.isatty() else None
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=indent) + "\n")


def print_error(error: NacreError, as_json: bool) -> None:
    """A refusal: the document on standard output for programs, message and hint on standard error for people."""
    if as_json:
        print_document(error.document())
        return
    click.echo(f"nacre: {error.message}", err=True)
    if error.hint:
        click.echo(error.hint, err=True)


@cache
def console() -> "Console":
    """Where words for people go. Rich loads only when there are some."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # ours to end quietly, where Rich would exit with 1

    return Plain(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)


def is_terminal() -> bool:
    """Whether a person sits at the other end and can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
