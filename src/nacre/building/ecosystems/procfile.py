"""Procfiles, as Heroku reads them: `web: gunicorn app:app`."""

import re

from nacre.engines.source.source import Source

_LINE = re.compile(r"^([A-Za-z0-9_-]+):[ \t]*(\S.*)$", re.MULTILINE)


def process_types(source: Source) -> dict[str, str]:
    """The lines by their process type; empty without a Procfile."""
    return {name: line.rstrip() for name, line in _LINE.findall(source.text("Procfile") or "")}
