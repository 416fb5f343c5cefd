"""Any JavaScript project that has a script to develop with."""

from nacre.engines.source import node
from nacre.engines.source.source import Source
from nacre.previews.frameworks.framework import Address, Fitted, Framework


class Script(Framework):
    """`npm run dev`, or start. What it runs is unknown: it is told by PORT, PUBLIC_URL and NACRE_BASE_PATH."""

    name = "npm script"

    def detect(self, source: Source) -> str | None:
        name = next((name for name in ("dev", "start") if node.script(source, name)), None)
        return name and node.run_script(source, name)

    def runs(self, words: tuple[str, ...]) -> bool:
        return words[:1] in (("npm",), ("pnpm",), ("yarn",), ("bun",), ("node",), ("npx",))

    def fit(self, line: str, address: Address, port: int) -> Fitted:
        return Fitted(line)

    def missing(self, source: Source) -> tuple[str, str]:
        return node.missing_modules(source)
