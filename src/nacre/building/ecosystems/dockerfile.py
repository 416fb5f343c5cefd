"""A Dockerfile, for whatever Nacre does not build by itself, or where nacre.toml asks for it."""

from nacre.building.ecosystems.ecosystem import Ecosystem, Found
from nacre.core.projectfile.publish import Publish
from nacre.engines.source.source import Source

NAMES = ("Dockerfile", "Containerfile")


class Dockerfile(Ecosystem):
    kind = "dockerfile"

    def recognises(self, source: Source) -> bool:
        return any(source.has(name) for name in NAMES)

    def find(self, source: Source, publish: Publish) -> Found | None:
        name = next((name for name in NAMES if source.has(name)), None)
        return Found("dockerfile", name, start=publish.start or "") if name else None
