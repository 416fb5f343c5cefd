"""docs/reference/errors.md: the tree of errors, and every code that the source can raise."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nacre
from nacre.core import errors
from nacre.core.errors import NacreError
from nacre.surfaces.docs import markdown

_ABOUT = """# Errors

Every failure is one document: `{"error": {"code", "message", "hint"}}`. The code is stable; the message says what
happened and why, the hint what to do next. In the messages below, … stands for what the case fills in."""


@dataclass(frozen=True, order=True)
class Raised:
    """One place in the source that makes an error."""

    code: str
    kind: str
    message: str


def page() -> str:
    """The whole page: the tree, then the codes in alphabetical order."""
    rows: dict[str, list[str]] = {}
    for raised in sorted(all_raised()):
        kind: type[NacreError] = getattr(errors, raised.kind)
        row = [f"`{raised.code}`", raised.kind, str(kind.http_status), raised.message]
        rows.setdefault(raised.code, row)
    _, _, tree = (errors.__doc__ or "").partition("\n\n")
    return markdown.page(
        _ABOUT, f"```\n{tree.strip()}\n```", markdown.table(["code", "error", "HTTP", "message"], rows.values())
    )


def all_raised() -> Iterator[Raised]:
    """Every `SomeError("code", "message"…)` in the package."""
    for path in sorted(Path(nacre.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) >= 2:
                kind = getattr(errors, node.func.id, None)
                code = node.args[0]
                if isinstance(kind, type) and issubclass(kind, NacreError) and isinstance(code, ast.Constant):
                    yield Raised(str(code.value), node.func.id, _words(node.args[1]))


def _words(message: ast.expr) -> str:
    if isinstance(message, ast.Constant):
        return str(message.value)
    if isinstance(message, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in message.values)
    return "…"
