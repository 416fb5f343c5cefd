"""Folders of finished pages."""

from nacre.building.ecosystems.ecosystem import Ecosystem, Found
from nacre.core.projectfile.publish import Publish
from nacre.engines.source.source import Source

FOLDERS = ("", "public", "site", "dist", "build", "out", "_site", "docs")


class Pages(Ecosystem):
    kind = "static"

    def recognises(self, source: Source) -> bool:
        return any(_has_index(source, folder) for folder in FOLDERS)

    def find(self, source: Source, publish: Publish) -> Found | None:
        if publish.static is not None:
            return Found("static", "static pages", build=publish.build or "", pages=(publish.static,))
        if publish.build is not None:
            return Found("static", "static pages", build=publish.build, pages=FOLDERS[1:] + FOLDERS[:1])
        folder = next((folder for folder in FOLDERS if _has_index(source, folder)), None)
        return None if folder is None else Found("static", "static pages", pages=(folder,))


def _has_index(source: Source, folder: str) -> bool:
    return source.has(f"{folder}/index.html" if folder else "index.html")
