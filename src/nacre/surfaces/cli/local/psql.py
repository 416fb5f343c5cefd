"""`nacre psql`."""

import os

import click

from nacre.surfaces.cli.branch import branch_environment
from nacre.surfaces.cli.psql import psql_program


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("ref")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(ref: str, arguments: tuple[str, ...]) -> None:
    """Open psql on a branch; further ARGUMENTS are psql's own."""
    psql = psql_program(os.environ)
    environment = branch_environment(ref, os.environ)
    os.execve(psql, [psql, *arguments], environment)  # noqa: S606  (no shell is what we want)
