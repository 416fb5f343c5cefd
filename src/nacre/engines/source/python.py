"""What Python web projects have in common: where the application object lies."""

import re

from nacre.engines.source.source import Source

_PLACES = ("app.py", "main.py", "wsgi.py", "server.py", "api.py", "asgi.py", "app/main.py", "app/__init__.py",
           "src/main.py", "src/app.py")  # fmt: skip


def application(source: Source, kind: str) -> tuple[str, str] | None:
    """(module, variable) of the first `variable = kind(` in the usual places, such as ("app.main", "app")."""
    made = re.compile(rf"^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)?{kind}\(", re.MULTILINE)
    for path in _PLACES:
        found = made.search(source.text(path) or "")
        if found:
            return path.removesuffix(".py").removesuffix("/__init__").replace("/", "."), found[1]
    return None


def runs_module(words: tuple[str, ...], module: str) -> bool:
    """Whether a command is `module …` or `python -m module …`, with uv run or the like before it or not."""
    for at, word in enumerate(words):
        name = word.rpartition("/")[2]
        if name == module and (at == 0 or words[at - 1] in ("-m", "run", "exec")):
            return True
    return False
