"""Next.js."""

from nacre.engines.source import node
from nacre.engines.source.source import Source
from nacre.previews.frameworks.framework import Address, Fitted, Framework


class Next(Framework):
    """Next.js knows its basePath from its configuration alone: a module loaded before it adds it there."""

    name = "Next.js"

    def detect(self, source: Source) -> str | None:
        if not node.depends_on(source, "next"):
            return None
        return node.run_script(source, "dev") if node.script(source, "dev") else "next dev"

    def runs(self, words: tuple[str, ...]) -> bool:
        return words[:2] == ("next", "dev") or words[:3] == ("npx", "next", "dev")

    def fit(self, line: str, address: Address, port: int) -> Fitted:
        line = node.with_arguments(line, f"--hostname 127.0.0.1 --port {port}")
        env = {"NACRE_NEXT_HOSTS": ",".join(address.hosts), "NEXT_TELEMETRY_DISABLED": "1"}
        env["NODE_OPTIONS"] = f'--require "{address.support}/next-base.cjs"'
        return Fitted(line, env, strip=False)

    def missing(self, source: Source) -> tuple[str, str]:
        return node.missing_modules(source)
