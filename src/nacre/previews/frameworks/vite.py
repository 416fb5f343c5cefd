"""Vite, and all that is built on its command line."""

from nacre.engines.source import node
from nacre.engines.source.source import Source
from nacre.previews.frameworks.framework import Address, Fitted, Framework


class Vite(Framework):
    """Vite takes base path and port as arguments; its client finds the socket of hot reload from the base by itself."""

    name = "Vite"

    def detect(self, source: Source) -> str | None:
        if not node.depends_on(source, "vite"):
            return None
        return node.run_script(source, "dev") if _is_vite(node.script(source, "dev")) else "vite"

    def runs(self, words: tuple[str, ...]) -> bool:
        tail = words[1:] if words[:1] in (("npx",), ("bunx",), ("pnpx",)) else words
        return tail[:1] == ("vite",) and tail[1:2] not in (("build",), ("preview",))

    def fit(self, line: str, address: Address, port: int) -> Fitted:
        arguments = f"--base {address.base} --host 127.0.0.1 --port {port} --strictPort"
        # The variable that Vite has for hosted workspaces: one name more that it answers to.
        env = {"__VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS": address.hosts[0]} if address.hosts else {}
        return Fitted(node.with_arguments(line, arguments), env, strip=False)

    def missing(self, source: Source) -> tuple[str, str]:
        return node.missing_modules(source)


def _is_vite(line: str) -> bool:
    return line.split()[:1] == ["vite"]
