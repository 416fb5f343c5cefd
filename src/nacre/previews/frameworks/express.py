"""Express."""

from nacre.engines.source import node
from nacre.engines.source.source import Source
from nacre.previews.frameworks.framework import Address, Fitted, Framework

_ENTRIES = ("server.js", "app.js", "index.js", "src/server.js", "src/index.js")


class Express(Framework):
    """Express has no notion of a base path: it is taken off, and X-Forwarded-Prefix and NACRE_BASE_PATH tell it."""

    name = "Express"

    def detect(self, source: Source) -> str | None:
        if not node.depends_on(source, "express"):
            return None
        if node.script(source, "dev"):
            return node.run_script(source, "dev")
        main = node.package(source).get("main")
        entries = (main, *_ENTRIES) if isinstance(main, str) and not main.startswith("-") else _ENTRIES
        entry = next((entry for entry in entries if source.has(entry)), None)
        if entry is not None:
            return f"node --watch {_quoted(entry)}"
        return node.run_script(source, "start") if node.script(source, "start") else None

    def runs(self, words: tuple[str, ...]) -> bool:
        return False  # it is started by the name of a file, which says nothing of Express

    def fit(self, line: str, address: Address, port: int) -> Fitted:
        return Fitted(line)

    def missing(self, source: Source) -> tuple[str, str]:
        return node.missing_modules(source)


def _quoted(entry: str) -> str:
    return "'" + entry.replace("'", "'\\''") + "'"
