"""`nacre mcp`."""

import os

import click

from nacre.surfaces.cli.where import client_of


@click.command
def command() -> None:
    """Serve MCP on standard input and output, for an agent that starts it.

    It speaks to this home's daemon as its owner, or with the rights of NACRE_TOKEN (at NACRE_URL) when that is set.
    """
    from nacre.surfaces.mcp.stdio import serve_stdio

    serve_stdio(client_of(os.environ))
