"""What agents are told in AGENTS.md, and the mark by which Nacre knows its own text from a person's.

The text is the branch's, not a person's: everybody who works on the branch shares its files. What differs from person
to person, the token first, is in the environment.
"""

import hashlib
import re

from nacre.core.names import Ref

API_PORT = 8420
"""The port on 127.0.0.1, inside a workspace, at which the API answers."""

_MARK = re.compile(
    r"\n<!-- Nacre wrote this, and keeps it up to date until somebody changes it: ([0-9a-f]{16}) -->\n\Z"
)


def agents_md(ref: Ref, database_port: int, preview: str | None) -> str:
    """AGENTS.md of a branch. `preview` is the address of its preview, None where this Nacre serves none."""
    seen = (
        f"What the branch serves is at {preview}; what you run on yourself is not. Listen on $PORT where it is set."
        if preview
        else "This Nacre runs without a gateway, so there is no preview address."
    )
    return marked(f"""\
# Working on {ref}

This folder is the branch “{ref}” of a Nacre project: files and a Postgres of its own, which go back to any second
together. You are in a sandbox: /workspace is this folder, $HOME persists, other branches are out of reach.

## Database

PostgreSQL, the database “{ref.project}”, as the role “{ref.project}”. Everything finds it by the environment:
`psql` needs no arguments, programs read $DATABASE_URL (a unix socket) or the PG* variables, and what cannot do with a
socket connects to 127.0.0.1:{database_port}. Use no other database, and write no password into a file.

## Preview

{seen}

## Back in time

Every write to files and database is kept. Before something risky, set a checkpoint; afterwards nothing is lost:

    nacre checkpoint {ref} -m "before the migration"
    nacre log {ref}
    nacre rewind {ref} 10m         # files and database as they were ten minutes ago
    nacre undo {ref}               # and forward again
    nacre files restore {ref} src/app.py --at 10m

## Nacre's tools

`nacre` speaks for this workspace and reaches this branch alone ($NACRE_REF). The same operations are MCP tools at
$NACRE_URL/mcp, with the header “Authorization: Bearer $NACRE_TOKEN”; `nacre mcp` serves them on standard input and
output. The token works in this workspace only, and only until it stops: do not write it down.
""")


def claude_md() -> str:
    """CLAUDE.md: the same text, by reference."""
    return marked("@AGENTS.md\n")


def marked(body: str) -> str:
    """`body`, which ends with a line end, with the mark that says whose it is and what it was."""
    return f"{body}\n<!-- Nacre wrote this, and keeps it up to date until somebody changes it: {_digest(body)} -->\n"


def is_ours(text: str) -> bool:
    """Whether Nacre wrote `text` and nobody has changed it since."""
    found = _MARK.search(text)
    return found is not None and found[1] == _digest(text[: found.start()])


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode(errors="surrogatepass")).hexdigest()[:16]
