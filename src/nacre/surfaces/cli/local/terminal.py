"""`nacre terminal`."""

import os

import click


@click.command
@click.argument("ref")
@click.option("--name", default="main", show_default=True, help="The terminal's name; each has a shell of its own.")
@click.option("--person", help="Whose workspace (default: your own).")
@click.pass_context
def command(context: click.Context, ref: str, name: str, person: str | None) -> None:
    """Open a terminal in your workspace on a branch, or come back to it.

    It goes on when you leave it (Ctrl-]) or the connection breaks off, for as long as the workspace runs, and anybody
    else who opens it sees the same. `exit` ends its shell.
    """
    from nacre.surfaces.cli.terminal import type_in
    from nacre.surfaces.cli.where import where

    context.exit(type_in(where(os.environ), ref, name, person))
