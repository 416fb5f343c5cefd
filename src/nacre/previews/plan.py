"""How a project is run while it is developed: what its files and nacre.toml say, as one line and environment."""

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from nacre.core.errors import Conflict
from nacre.core.projectfile import file as projectfile
from nacre.engines.source.node import script_behind
from nacre.engines.source.source import Source
from nacre.previews.frameworks.all import FRAMEWORKS
from nacre.previews.frameworks.framework import Address, Framework

# A virtual environment and the programs of node_modules come first, as on the line of somebody who activated them.
_PRELUDE = 'PATH="$PWD/.venv/bin:$PWD/node_modules/.bin:$PATH"; export PATH; '


@dataclass(frozen=True)
class Plan:
    """`line` is for a shell in `folder` of the project. `strip`: the base path is taken off before it is asked.

    `missing` says in a sentence what must be installed first, or is empty; `install` is the line that does it.
    """

    framework: str
    line: str
    env: Mapping[str, str]
    port: int
    strip: bool
    folder: str
    missing: str
    install: str
    configured: bool

    def argv(self, *, installing: bool) -> tuple[str, ...]:
        """What is run in the folder of the project."""
        folder = f"cd {shlex.quote(self.folder)} && " if self.folder else ""
        install = f"{{ {self.install}; }} && " if installing else ""
        return "/bin/sh", "-c", f"{folder}{_PRELUDE}{install}{self.line}"


_MANIFESTS = ("package.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "requirements.txt", "pyproject.toml",
              "uv.lock")  # fmt: skip


def dependencies(source: Source, folder: str) -> str:
    """Another text whenever what the project depends on has changed."""
    inside = source.below(folder)
    return hashlib.sha256("\0".join(inside.text(name) or "" for name in _MANIFESTS).encode()).hexdigest()


def plan(source: Source, address: Address, port: int) -> Plan:
    """How to run the project so that it listens on `port` and is reached at `address`.

    Raises InvalidInput "bad-project-file", Conflict "nothing-to-preview" when nothing tells how.
    """
    text = source.text(projectfile.NAME)
    dev = projectfile.parse(text or "").dev
    inside = source.below(dev.folder)
    framework, line = (_behind(dev.run, inside), dev.run) if dev.run else _detected(inside)
    port = dev.port or port
    fitted = framework.fit(line, address, port)
    missing, install = framework.missing(inside)
    return Plan(
        framework=framework.name,
        line=fitted.line,
        env=_environment(address, port) | dict(fitted.env) | dev.env,
        port=port,
        strip=fitted.strip if dev.strip is None else dev.strip,
        folder=dev.folder,
        missing=missing,
        install=dev.install or install,
        configured=dev.install is not None,
    )


def _detected(source: Source) -> tuple[Framework, str]:
    for framework in FRAMEWORKS:
        line = framework.detect(source)
        if line is not None:
            return framework, line
    raise Conflict(
        "nothing-to-preview",
        "Nothing in this branch tells how to run it: no package.json with a script “dev”, no Django, "
        "FastAPI or Flask application, no index.html.",
        hint='Say it in nacre.toml: [dev] run = "…". The server must listen on 127.0.0.1 and the port in $PORT.',
    )


def _behind(line: str, source: Source) -> Framework:
    """The framework that a person's own command line runs in the end; the last of the list takes all others."""
    words = _words(script_behind(line, source))
    return next(framework for framework in FRAMEWORKS if framework.runs(words))


def _words(line: str) -> tuple[str, ...]:
    """The words of the last command of a shell line."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    try:
        for word in lexer:
            if word and not word.strip("&|;"):
                words.clear()
            else:
                words.append(word)
    except ValueError:  # quotes that do not close: the shell will say so
        return ()
    while words and "=" in words[0] and words[0].split("=")[0].isidentifier():
        words.pop(0)
    return tuple(words)


def _environment(address: Address, port: int) -> dict[str, str]:
    """What every development server is told; the names are those that servers and frameworks look for."""
    bare = address.base.rstrip("/")
    return {
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "NACRE_BASE_PATH": address.base,
        "PUBLIC_URL": bare,
        "ROOT_PATH": bare,
        "BROWSER": "none",
    }
