"""Gunicorn, where a project names it; it is never detected."""

from nacre.engines.source.python import runs_module
from nacre.engines.source.source import Source
from nacre.previews.frameworks.framework import Address, Fitted, Framework


class Gunicorn(Framework):
    """It takes port and base path from PORT and SCRIPT_NAME, and wants to see the base path in each request."""

    name = "Gunicorn"

    def detect(self, source: Source) -> str | None:
        return None

    def runs(self, words: tuple[str, ...]) -> bool:
        return runs_module(words, "gunicorn")

    def fit(self, line: str, address: Address, port: int) -> Fitted:
        return Fitted(line, {"SCRIPT_NAME": address.bare}, strip=False)
