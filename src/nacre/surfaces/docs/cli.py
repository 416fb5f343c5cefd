"""docs/reference/cli.md: the help of every verb, as the command line prints it."""

import click

from nacre.surfaces.cli.tree import commands, root
from nacre.surfaces.docs import markdown

_ABOUT = """# Command line

Every verb prints for people by default; with `--json` it prints exactly one JSON document on standard output, also
when it fails: `{"error": {"code", "message", "hint"}}`.

Exit codes: 0 done, 1 refused or failed with a reason, 2 wrong usage, 3 the daemon is not running.

The daemon is the one of `NACRE_HOME`, over its socket; with `NACRE_TOKEN` set, the one at `NACRE_URL` (by default
`https://localhost:$NACRE_PORT`), with the rights of that token. `NACRE_CA` names a file of certificates to trust there;
the one that this machine's gateway signs with, `root.crt` in its home, is trusted by itself."""


def page() -> str:
    """The whole page, verbs in alphabetical order."""
    return markdown.page(_ABOUT, *(_verb(words) for words in sorted(commands())))


def _verb(words: tuple[str, ...]) -> str:
    command: click.Command = root()
    context = click.Context(command, info_name="nacre", terminal_width=100, max_content_width=100)
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(context, word)
        assert found is not None
        command = found
        context = click.Context(command, parent=context, info_name=word, terminal_width=100, max_content_width=100)
    return f"## nacre {' '.join(words)}\n\n```\n{command.get_help(context).rstrip()}\n```"
