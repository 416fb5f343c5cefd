"""Any other command that nacre.toml names."""

from nacre.engines.source.source import Source
from nacre.previews.frameworks.framework import Address, Fitted, Framework


class Command(Framework):
    """Nothing is known of it but what everybody is told: it listens on PORT, and the base path is taken off."""

    name = "command"

    def detect(self, source: Source) -> str | None:
        return None

    def runs(self, words: tuple[str, ...]) -> bool:
        return True

    def fit(self, line: str, address: Address, port: int) -> Fitted:
        return Fitted(line)
