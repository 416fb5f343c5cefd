"""A folder of pages."""

from nacre.engines.source.source import Source
from nacre.previews.frameworks.framework import Address, Fitted, Framework

_SERVER = 'python3 "$NACRE_SUPPORT/pages.py"'
_FOLDERS = (".", "public", "site", "dist", "build", "_site", "docs")


class Static(Framework):
    """Served by a small server of Nacre's own, which reloads a page in the browser when a file changes."""

    name = "static pages"

    def detect(self, source: Source) -> str | None:
        folder = next((folder for folder in _FOLDERS if source.has(f"{folder}/index.html".removeprefix("./"))), None)
        return folder and f"{_SERVER} {folder}"

    def runs(self, words: tuple[str, ...]) -> bool:
        return False

    def fit(self, line: str, address: Address, port: int) -> Fitted:
        return Fitted(line, {"NACRE_SUPPORT": address.support})
