"""What a source is built to and how it is run: its files and nacre.toml, read without running anything."""

import math
import shlex
from dataclasses import dataclass

from nacre.building import pages
from nacre.building.ecosystems import node, python
from nacre.building.ecosystems.all import ECOSYSTEMS
from nacre.building.ecosystems.ecosystem import Dependencies, Ecosystem, Found, Language
from nacre.building.ecosystems.procfile import process_types
from nacre.core.errors import Conflict, InvalidInput, NacreError
from nacre.core.projectfile import file as projectfile
from nacre.core.projectfile.file import ProjectFile
from nacre.core.projectfile.publish import Publish, Runtime
from nacre.engines.files.ignored import Rule, read_rules
from nacre.engines.source.source import Source
from nacre.images.runspec import Egress, RunSpec

_PLAIN_PATH = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"
_PATHS: dict[Runtime, str] = {"python": python.PATH, "node": node.PATH}
_LEFT_OUT = """
.git/
.hg/
.svn/
node_modules/
.venv/
venv/
__pycache__/
*.pyc
.mypy_cache/
.pytest_cache/
.ruff_cache/
.tox/
.next/cache/
.cache/
.DS_Store
.env
.env.local
"""
_SHELL = frozenset("|&;<>()$`\\\"'*?[]#~=%!{}\n")


@dataclass(frozen=True)
class Recipe:
    """`folder` is the part of the source that is published, as /app.

    `dependencies`, `build`, `pages` and `language` are as in Found; `run` is how the image is run. `left_out` are the
    rules, as in a .gitignore, of what does not go into the image; `notes` are sentences for the build's log.
    """

    title: str
    folder: str
    dependencies: Dependencies | None
    build: str
    pages: tuple[str, ...]
    language: Language
    run: RunSpec
    left_out: tuple[Rule, ...]
    notes: tuple[str, ...]


def recipe(source: Source) -> Recipe:
    """How this source is published.

    Raises InvalidInput "bad-project-file", "bad-lock-file", "broken-manifest", "folder-not-found"; Conflict
    "nothing-to-publish", "no-start-command".
    """
    file = projectfile.parse(source.text(projectfile.NAME) or "")
    publish = file.publish
    inside = source.below(publish.folder)
    if publish.folder and not inside.names():
        raise InvalidInput(
            "folder-not-found",
            f"There is no folder “{publish.folder}” to publish.",
            hint="Mend [publish] folder in nacre.toml.",
        )
    found = _found(inside, publish)
    return Recipe(
        title=found.title,
        folder=publish.folder,
        dependencies=found.dependencies if found.start or found.build else None,
        build=found.build,
        pages=found.pages,
        language=found.language,
        run=_run(found, file, inside),
        left_out=_left_out(publish),
        notes=found.notes,
    )


def shell(line: str) -> tuple[str, ...]:
    """The argv of a line: its words where they are plain, a shell that becomes the program otherwise."""
    if not _SHELL.intersection(line):
        return tuple(shlex.split(line))
    single = (
        not any(sign in line for sign in "&|;\n`") and not line.startswith("(") and "=" not in line.split(maxsplit=1)[0]
    )
    return "/bin/sh", "-c", f"exec {line}" if single else line


def _found(source: Source, publish: Publish) -> Found:
    recognised: list[Ecosystem] = []
    for one in _asked(source, publish):
        if publish.runtime == one.kind or one.recognises(source):
            recognised.append(one)
            found = one.find(source, publish)
            if found is not None and publish.runtime in (None, found.kind):
                return found
    raise _refusal(source, publish, recognised)


def _asked(source: Source, publish: Publish) -> list[Ecosystem]:
    """Pages may be made by what any language brings, unless they are there already."""
    finished = publish.static is not None and source.has(f"{publish.static}/index.html".lstrip("/"))
    if finished and publish.build is None:
        return [one for one in ECOSYSTEMS if one.kind == "static"]
    if publish.runtime == "static":
        return [one for one in ECOSYSTEMS if one.kind != "dockerfile"]
    return [one for one in ECOSYSTEMS if publish.runtime in (None, one.kind)]


def _refusal(source: Source, publish: Publish, recognised: list[Ecosystem]) -> NacreError:
    if publish.runtime in ("static", "dockerfile"):
        what = "index.html" if publish.runtime == "static" else "Dockerfile"
        return Conflict(
            "nothing-to-publish",
            f"[publish] runtime is {publish.runtime}, and there is no {what}.",
            hint="Leave runtime out to have it detected, or say in [publish] folder or static where it is.",
        )
    if recognised or publish.runtime:
        names = {"python": "Python", "node": "Node.js"}
        kind = names.get(recognised[0].kind if recognised else str(publish.runtime), "This")
        procfile = " The Procfile has no line “web:”." if process_types(source) else ""
        return Conflict(
            "no-start-command",
            f"This is a {kind} project, and nothing tells how it is started.{procfile}",
            hint='Say it in nacre.toml: [publish] start = "…". The app must listen on the port in $PORT.',
        )
    return Conflict(
        "nothing-to-publish",
        "Nothing here tells what this is: no requirements.txt, pyproject.toml, package.json, Dockerfile or index.html.",
        hint='Publish a folder of the project with [publish] folder = "…" in nacre.toml, or say how it is started '
        'with runtime = "…" and start = "…".',
    )


def _run(found: Found, file: ProjectFile, source: Source) -> RunSpec:
    publish = file.publish
    release = publish.release or process_types(source).get("release")
    start = shell(found.start) if found.start else pages.START if found.pages else ()
    hosts = () if isinstance(publish.egress, str) else publish.egress
    own = {
        "PATH": _PATHS.get(found.kind, _PLAIN_PATH),
        "LANG": "C.UTF-8",
        "HOME": "/tmp",  # noqa: S108 - inside the image, where nothing else may be written
        "HOST": "0.0.0.0",  # noqa: S104 - inside the image, so that it can be reached there
        "PORT": str(publish.port),
        "WEB_CONCURRENCY": str(max(1, math.ceil(publish.cpus))),
    }
    return RunSpec(
        kind=found.kind,
        start=start,
        env={**({} if found.kind == "dockerfile" else own), **found.env, **publish.env},
        health=publish.health,
        release=shell(release) if release else None,
        cron=file.cron,
        port=publish.port,
        drain_s=publish.drain_s,
        memory_mb=publish.memory_mb,
        cpus=publish.cpus,
        idle_minutes=publish.idle_minutes,
        egress=Egress(policy="allow-list", hosts=hosts) if hosts else Egress(policy=_policy(publish)),
        seed=publish.seed,
        dependencies=(found.dependencies.target,) if found.dependencies and found.dependencies.shipped else (),
    )


def _policy(publish: Publish) -> str:
    return publish.egress if isinstance(publish.egress, str) else "closed"


def _left_out(publish: Publish) -> tuple[Rule, ...]:
    taken_back = (f"!{pattern}" for pattern in publish.include)
    return read_rules("\n".join((_LEFT_OUT, *taken_back, *publish.exclude)))
