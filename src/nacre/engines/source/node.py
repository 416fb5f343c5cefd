"""What JavaScript projects have in common: package.json, its scripts, its package manager, node_modules."""

import re
from typing import Any

from nacre.engines.source.source import Source

_MANAGERS = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"), ("bun.lockb", "bun"))
_RUN = re.compile(r"(?:npm|pnpm|yarn|bun)(?:\s+run)?\s+([\w:.-]+)\s*(?:--\s.*)?")
_OWN_VERBS = frozenset(("install", "exec", "x", "dlx", "add", "ci"))


def package(source: Source) -> dict[str, Any]:
    return source.json("package.json")


def script(source: Source, name: str) -> str:
    """A script of package.json; empty when there is none of that name."""
    found = _table(source, "scripts").get(name)
    return found if isinstance(found, str) else ""


def script_behind(line: str, source: Source) -> str:
    """What `npm run dev` runs in the end; a line that is no script is itself."""
    found = _RUN.fullmatch(line.strip())
    if not found or found[1] in _OWN_VERBS:
        return line
    return script(source, found[1]) or line


def depends_on(source: Source, name: str) -> bool:
    return any(name in _table(source, table) for table in ("dependencies", "devDependencies"))


def manager(source: Source) -> str:
    """The package manager whose lock file lies there; npm without one."""
    return next((name for lock, name in _MANAGERS if source.has(lock)), "npm")


def run_script(source: Source, name: str) -> str:
    return f"{manager(source)} run {name}"


def with_arguments(line: str, arguments: str) -> str:
    """`line` with arguments for the program in the end: npm hands on only what stands after `--`."""
    if line.lstrip().startswith("npm ") and " -- " not in line:
        return f"{line} -- {arguments}"
    return f"{line} {arguments}"


def missing_modules(source: Source) -> tuple[str, str]:
    """The sentence and the line for a project whose node_modules is not there."""
    needs = any(_table(source, table) for table in ("dependencies", "devDependencies"))
    if not needs or source.has("node_modules"):
        return "", ""
    install = f"{manager(source)} install"
    return f"node_modules is missing: {install}", install


def _table(source: Source, name: str) -> dict[str, Any]:
    found = package(source).get(name)
    return found if isinstance(found, dict) else {}
