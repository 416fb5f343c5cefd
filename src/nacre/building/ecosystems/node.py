"""JavaScript and TypeScript: npm, pnpm and yarn; servers, and pages that a build makes."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nacre.building.ecosystems.ecosystem import Dependencies, Ecosystem, Found
from nacre.building.ecosystems.manifests import Syntax, checked_lock, manifest
from nacre.building.ecosystems.procfile import process_types
from nacre.core.projectfile.publish import Publish
from nacre.engines.source.node import depends_on
from nacre.engines.source.source import Source

MODULES = "/app/node_modules"
PATH = f"{MODULES}/.bin:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"
PAGES = ("dist", "build", "out", "_site", ".output/public", "public")

_ENTRIES = ("server.js", "app.js", "index.js", "server.mjs", "index.mjs", "src/server.js", "src/index.js", "src/app.js")
_TITLES = {
    "next": "Next.js", "nuxt": "Nuxt", "@nestjs/core": "NestJS", "astro": "Astro", "vite": "Vite",
    "react-scripts": "Create React App", "express": "Express", "fastify": "Fastify", "koa": "Koa", "hono": "Hono",
}  # fmt: skip
_DEVELOPS = re.compile(
    r"^(?:npx )?(?:vite(?: (?:dev|serve|preview))?(?: -.*)?|react-scripts start|astro (?:dev|preview)|ng serve|parcel"
    r"|vue-cli-service serve|eleventy --serve|webpack(?:-dev-server| serve)|next dev|nuxt (?:dev|preview)|serve|nodemon"
    r"|http-server|live-server|gatsby develop)\b"
)
_RUN = re.compile(r"^(?:npm|pnpm|yarn)(?: run)? (?:-s |--silent )?([\w:.-]+)$")
_VERBS = frozenset(("install", "ci", "exec", "dlx", "add", "x", "create", "init", "test"))
_EXPORTS = re.compile(r"output\s*:\s*['\"]export['\"]")
_HOOKS = ("preinstall", "install", "postinstall", "prepare")
_PINNED = re.compile(r"(pnpm|yarn)@(\d+\.\d+\.\d+(?:-[\w.]+)?)(?:\+.*)?")
_MOST_NESTED = 8
_MOST_STEPS = 100


@dataclass(frozen=True)
class Manager:
    """A package manager by its lock file; `locked` and `loose` install with and without one, `production` is what
    leaves out what only development needs."""

    name: str
    lock: str
    syntax: Syntax
    locked: str
    production: str
    mend: str


_NPM_QUIET = "--no-audit --no-fund --no-progress --loglevel=warn"
_NPM = Manager(
    "npm", "package-lock.json", "json", f"npm ci {_NPM_QUIET}", " --omit=dev",
    "Run `npm install` in the project, and commit package-lock.json together with package.json.",
)  # fmt: skip
_SHRINKWRAP = Manager("npm", "npm-shrinkwrap.json", "json", _NPM.locked, _NPM.production, _NPM.mend)
_PNPM = Manager(
    "pnpm", "pnpm-lock.yaml", "other", "install --frozen-lockfile --reporter=append-only --store-dir /cache/pnpm",
    " --prod",
    "Run `pnpm install` in the project, and commit pnpm-lock.yaml together with package.json.",
)  # fmt: skip
_YARN = Manager(
    "yarn", "yarn.lock", "other", "install --frozen-lockfile --non-interactive --no-progress", " --production",
    "Run `yarn install` in the project, and commit yarn.lock together with package.json.",
)  # fmt: skip
_BERRY = Manager("yarn", "yarn.lock", "other", "install --immutable", "", _YARN.mend)
_VERSIONS = {"pnpm": "10.18.3", "yarn": "1.22.22"}
"""Where package.json has no packageManager; `@yarnpkg/cli-dist` is yarn from its second line on."""
_BERRY_VERSION = "4.10.3"


class Node(Ecosystem):
    kind = "node"

    def recognises(self, source: Source) -> bool:
        return source.has("package.json")

    def find(self, source: Source, publish: Publish) -> Found | None:
        package = manifest(source, "package.json", "json")
        scripts = _scripts(package)
        title = next((title for name, title in _TITLES.items() if depends_on(source, name)), "Node.js")
        start, pages = _served(source, publish, scripts)
        if not start and not pages:
            return None
        build = publish.build or _build(source, scripts, pages=bool(pages) and publish.static is None)
        dependencies = _dependencies(source, publish, package, development=bool(build), shipped=bool(start))
        return Found(
            kind="node" if start else "static",
            title=title,
            dependencies=dependencies,
            build=build,
            start=start,
            pages=pages,
            env={"NODE_ENV": "production", "NEXT_TELEMETRY_DISABLED": "1"} if start else {},
            language="node",
            notes=_notes(source, dependencies),
        )


def resolved(line: str, scripts: Mapping[str, str]) -> str:
    """What a line that runs a script of package.json runs in the end: an image needs no package manager then.

    Scripts that run themselves, or each other again and again, are left to the package manager.
    """
    waiting, steps = deque((step, 0) for step in _steps(line)), list[str]()
    while waiting:
        step, nested = waiting.popleft()
        behind = _behind(step, scripts) if nested <= _MOST_NESTED and len(steps) + len(waiting) < _MOST_STEPS else ()
        waiting.extendleft((one, nested + 1) for one in reversed(behind))
        if not behind:
            steps.append(step)
    return " && ".join(steps)


def _behind(step: str, scripts: Mapping[str, str]) -> Sequence[str]:
    """The steps of the script that a step runs; none where it runs something else."""
    found = _RUN.fullmatch(step)
    if not found or found[1] in _VERBS or found[1] not in scripts:
        return ()
    around = (scripts.get(f"{when}{found[1]}", "") for when in ("pre", "", "post"))
    return [step for line in around if line for step in _steps(line)]


def _steps(line: str) -> list[str]:
    return [step.strip() for step in line.split("&&")]


def _served(source: Source, publish: Publish, scripts: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """(the line that starts a server, the folders where finished pages may lie), one of them empty."""
    if publish.static is not None:
        return "", (publish.static,)
    said = publish.start or process_types(source).get("web")
    if said:
        return resolved(said, scripts), ()
    if _exports(source):
        return "", ("out",)
    for name in ("start:prod", "start"):
        line = resolved(f"npm run {name}", scripts)
        if name in scripts and not _DEVELOPS.match(line.rpartition("&& ")[2]):
            return line, ()
    if depends_on(source, "next"):
        return "next start", ()
    entry = _entry(source)
    if entry and not depends_on(source, "vite"):
        return f"node {entry}", ()
    return "", PAGES if "build" in scripts else ()


def _entry(source: Source) -> str:
    main = source.json("package.json").get("main")
    named = (main,) if isinstance(main, str) and re.fullmatch(r"[\w./][\w./-]*", main) else ()
    return next((entry for entry in (*named, *_ENTRIES) if source.has(entry)), "")


def _exports(source: Source) -> bool:
    """Whether this is a Next.js that writes pages instead of serving them."""
    names = (f"next.config.{ending}" for ending in ("js", "mjs", "ts", "cjs"))
    return depends_on(source, "next") and any(_EXPORTS.search(source.text(name) or "") for name in names)


def _build(source: Source, scripts: Mapping[str, str], *, pages: bool) -> str:
    if "build" in scripts:
        return resolved("npm run build", scripts)
    if depends_on(source, "next"):
        return "next build"
    return "vite build" if pages and depends_on(source, "vite") else ""


def _dependencies(
    source: Source, publish: Publish, package: dict[str, Any], *, development: bool, shipped: bool
) -> Dependencies | None:
    needs = any(package.get(table) for table in ("dependencies", "devDependencies", "optionalDependencies"))
    if not needs and publish.install is None and not package.get("workspaces"):
        return None
    manager = _manager(source)
    if manager is not None:
        checked_lock(source, manager.lock, manager.syntax, manager.mend)
    tool, line = _line(package, manager, development=development)
    files = ("package.json", *((manager.lock,) if manager else ()), ".npmrc", ".yarnrc.yml", ".yarnrc", ".pnpmfile.cjs",
             "pnpm-workspace.yaml")  # fmt: skip
    return Dependencies(
        tool=tool,
        line=publish.install or line,
        manifests=tuple(name for name in files if source.has(name)),
        target=MODULES,
        whole=publish.install is not None or _needs_source(source, package),
        shipped=shipped,
    )


def _manager(source: Source) -> Manager | None:
    found = next((one for one in (_PNPM, _YARN, _SHRINKWRAP, _NPM) if source.has(one.lock)), None)
    if found is _YARN and "__metadata:" in (source.text("yarn.lock", 64 << 20) or ""):
        return _BERRY
    return found


def _line(package: dict[str, Any], manager: Manager | None, *, development: bool) -> tuple[str, str]:
    """(the tool with its version, the line that installs)."""
    kept = "" if development or manager is None else manager.production
    if manager is None:
        return "npm", f"npm install {_NPM_QUIET} --no-package-lock" + ("" if development else " --omit=dev")
    if manager.name == "npm":
        return "npm", manager.locked + kept
    said = _PINNED.fullmatch(str(package.get("packageManager", "")))
    version = said[2] if said and said[1] == manager.name else _VERSIONS[manager.name]
    if manager is not _BERRY:
        return f"{manager.name} {version}", f"npx --yes {manager.name}@{version} {manager.locked}{kept}"
    version = version if not version.startswith("1.") else _BERRY_VERSION
    run = f"npx --yes --package @yarnpkg/cli-dist@{version} -- yarn {manager.locked}"
    return f"yarn {version}", f"YARN_NODE_LINKER=node-modules YARN_ENABLE_GLOBAL_CACHE=true {run}"


def _needs_source(source: Source, package: dict[str, Any]) -> bool:
    """Whether packages lie in the source itself, or scripts of it run while dependencies are installed."""
    named = [str(version) for table in ("dependencies", "devDependencies", "optionalDependencies")
             for version in _table(package, table).values()]  # fmt: skip
    local = any(version.startswith(("file:", "link:", "workspace:", "./", "../")) for version in named)
    return local or bool(package.get("workspaces")) or any(hook in _scripts(package) for hook in _HOOKS) \
        or source.has("pnpm-workspace.yaml") or source.has("patches") or source.has("prisma")  # fmt: skip


def _notes(source: Source, dependencies: Dependencies | None) -> tuple[str, ...]:
    if dependencies is None or _manager(source) is not None:
        return ()
    return ("There is no lock file: what is installed today may differ from what is installed tomorrow.",)


def _scripts(package: dict[str, Any]) -> dict[str, str]:
    return {name: line for name, line in _table(package, "scripts").items() if isinstance(line, str)}


def _table(package: dict[str, Any], name: str) -> dict[str, Any]:
    found = package.get(name)
    return found if isinstance(found, dict) else {}
