"""Python: uv, Poetry and pip; Flask, Django, FastAPI, and whatever else listens on a port."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from nacre.building.ecosystems import poetry
from nacre.building.ecosystems.ecosystem import Dependencies, Ecosystem, Found
from nacre.building.ecosystems.manifests import LARGEST_LOCK_BYTES, bad_lock, checked_lock, manifest
from nacre.building.ecosystems.procfile import process_types
from nacre.core.projectfile.publish import Publish
from nacre.engines.source.python import application
from nacre.engines.source.source import Source

VENV = "/opt/venv"
PATH = f"{VENV}/bin:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"

GUNICORN, UVICORN = "gunicorn==23.0.0", "uvicorn[standard]==0.38.0"
"""What is added where an application depends on no server."""

_FROM_POETRY = "nacre-requirements.txt"
_TO_VENV = f"--python {VENV}/bin/python"
_RELOCK = "Run `{}` in the project, and commit {} together with pyproject.toml."
_PACKAGES = frozenset(("requirements.txt", "pyproject.toml", "setup.py", "Pipfile", "uv.lock", "poetry.lock"))
_MODULES = ("app", "main", "wsgi", "server", "api", "asgi", "application", "run")
_DJANGO = re.compile(r"""DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([\w.]+)['"]""")
_FLASK_APP = re.compile(r"^(?:export )?FLASK_APP=['\"]?([\w.:()/-]+)['\"]?\s*$", re.MULTILINE)
# Matched where a stripped line begins: untrusted texts are searched by what takes time as they are long, for nothing
# else in Nacre goes on meanwhile.
_INCLUDED = re.compile(r"(?:-r|--requirement|-c|--constraint)[ =]?\s*(\S+)")
_LOCAL = re.compile(r"-e\s|--editable|\.{1,2}(?:/|\s|$)")
_LOCAL_FILE = re.compile(r"[\s@]file:")
_MOST_INCLUDED = 100
_FACTORY = re.compile(r"^def (create_app|make_app)\(", re.MULTILINE)
_NAMED = re.compile(r"^(app|application)\s*[:=]|^from [\w.]+ import (?:.*[ ,(])?(app|application)\b", re.MULTILINE)


class Python(Ecosystem):
    kind = "python"

    def recognises(self, source: Source) -> bool:
        names = source.names()
        return not _PACKAGES.isdisjoint(names) or "manage.py" in names or _application(source) is not None

    def find(self, source: Source, publish: Publish) -> Found | None:
        project = manifest(source, "pyproject.toml", "toml")
        if publish.static is not None:
            made_by = _dependencies(source, publish, project, "", shipped=False)
            return Found("static", "static pages", made_by, publish.build or "", pages=(publish.static,))
        title, start, server = _served(source, publish, project)
        if not start:
            return None
        env = {
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "VIRTUAL_ENV": VENV,
            "PYTHONPATH": _path(source),
        }
        return Found(
            kind="python",
            title=title,
            dependencies=_dependencies(source, publish, project, server),
            build=publish.build or _build(source),
            start=start,
            env=env,
            notes=tuple(_notes(source, project, title, server)),
        )


def _served(source: Source, publish: Publish, project: dict[str, Any]) -> tuple[str, str, str]:
    """(title, the line that starts it, the server that Nacre adds or nothing)."""
    django, asgi, wsgi = _django(source), _asgi(source), _wsgi(source)
    title = "Django" if django else "FastAPI" if asgi else "Flask" if wsgi else "Python"
    said = publish.start or process_types(source).get("web")
    if said:
        return title, said, ""
    if asgi or (django and _requires(source, project, "channels") and source.has(f"{_file(django)}asgi.py")):
        target = asgi or f"{django}asgi:application"
        return title, _uvicorn(target), "" if _requires(source, project, "uvicorn", "fastapi[standard]") else UVICORN
    target = f"{django}wsgi" if django else wsgi
    if not target:
        return title, _script(source), ""
    return title, _gunicorn(target), "" if _requires(source, project, "gunicorn") else GUNICORN


def _script(source: Source) -> str:
    """A program that serves by itself, such as one of aiohttp's or Bottle's."""
    names = (f"{module}.py" for module in _MODULES)
    main = next((name for name in names if "__main__" in (source.text(name) or "")), "")
    return f"python {main}" if main else ""


def _gunicorn(target: str) -> str:
    """PORT and WEB_CONCURRENCY are read by gunicorn itself. Connections that are kept outlast the gateway's own."""
    return f"gunicorn --worker-class gthread --threads 8 --keep-alive 130 --worker-tmp-dir /dev/shm '{target}'"


def _uvicorn(target: str) -> str:
    flags = "--host 0.0.0.0 --port $PORT --proxy-headers --forwarded-allow-ips '*' --timeout-keep-alive 130"
    return f"uvicorn {'--factory ' if target.endswith('()') else ''}{flags} '{target.removesuffix('()')}'"


def _django(source: Source) -> str:
    """The package that holds wsgi.py, with a dot at its end, as in `shop.`; empty when this is no Django project."""
    found = _DJANGO.search(source.text("manage.py") or "")
    if found is None:
        return ""
    parts = found[1].split(".")
    packages = (".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1))
    return next((f"{package}." for package in packages if source.has(f"{_file(package)}/wsgi.py")), f"{parts[0]}.")


def _asgi(source: Source) -> str:
    found = application(source, "FastAPI") or application(source, "Starlette") or application(source, "Quart")
    return ":".join(found) if found else ""


def _wsgi(source: Source) -> str:
    """What gunicorn is to run, such as `app:app` or `flaskr:create_app()`."""
    said = _FLASK_APP.search((source.text(".flaskenv") or "") + "\n" + (source.text(".env.example") or ""))
    if said is not None:
        target = said[1].removesuffix(".py").replace("/", ".")
        return target if ":" in target else f"{target}:{_variable(source, target)}"
    return _application(source) or ""


def _application(source: Source) -> str | None:
    found = application(source, "Flask")
    if found is not None:
        return ":".join(found)
    for module in _modules(source):
        variable = _variable(source, module, guess="")
        if variable:
            return f"{module}:{variable}"
    return None


def _modules(source: Source) -> Iterator[str]:
    """Where an application may be made: in the usual modules, and in the packages of the source."""
    names = source.names()
    yield from (name for name in _MODULES if f"{name}.py" in names)
    yield from (name for name in names if "." not in name and source.has(f"{name}/__init__.py") and name != "tests")
    yield from (name for name in source.names("src") if source.has(f"src/{name}/__init__.py"))


def _variable(source: Source, module: str, guess: str = "app") -> str:
    """The factory, called, or the variable of a module that is an application of Flask's."""
    path = _file(module)
    places = (f"{path}.py", f"{path}/__init__.py", f"src/{path}/__init__.py")
    text = next((text for text in map(source.text, places) if text is not None), "")
    factory = _FACTORY.search(text)
    named = _NAMED.search(text)
    if named and (module in ("wsgi", "run", "application") or "lask" in text):
        return str(named[1] or named[2])
    return f"{factory[1]}()" if factory else guess


def _dependencies(
    source: Source, publish: Publish, project: dict[str, Any], server: str, *, shipped: bool = True
) -> Dependencies | None:
    if publish.install is not None:
        found: _Installation = ("install", publish.install, (), True, {})
    else:
        found = _installed(source, project)
    tool, install, manifests, whole, written = found
    if not install and not server:
        return None
    program = server.partition("=")[0].partition("[")[0]
    added = f"{{ test -x {VENV}/bin/{program} || uv pip install {_TO_VENV} '{server}'; }}" if server else ""
    seed = "" if publish.install is None else "--seed "  # people's own lines name pip
    line = " && ".join(part for part in (f"uv venv --allow-existing {seed}--python /usr/local/bin/python3 {VENV}",
                                         install, added) if part)  # fmt: skip
    return Dependencies(tool, line, manifests, VENV, whole, shipped, written)


_Installation = tuple[str, str, tuple[str, ...], bool, dict[str, str]]


def _installed(source: Source, project: dict[str, Any]) -> _Installation:
    """(tool, line, manifests, whether the line needs the whole source, files made), by the lock file that is there."""
    if source.has("uv.lock"):
        checked_lock(source, "uv.lock", "toml", _RELOCK.format("uv lock", "uv.lock"))
        line = "uv sync --locked --no-dev --no-install-project --no-editable"
        members = "workspace" in _table(_table(project, "tool"), "uv")
        return "uv", line, _present(source, "uv.lock", "pyproject.toml", "uv.toml", ".python-version"), members, {}
    if source.has("poetry.lock"):
        checked_lock(source, "poetry.lock", "toml", _RELOCK.format("poetry lock", "poetry.lock"))
        lock = tomllib.loads(source.text("poetry.lock", LARGEST_LOCK_BYTES) or "")
        written = {_FROM_POETRY: poetry.requirements(lock, project)}
        line = f"uv pip install {_TO_VENV} --no-deps -r {_FROM_POETRY}"
        return "uv, from poetry.lock", line, ("poetry.lock", "pyproject.toml"), False, written
    if source.has("requirements.txt"):
        mend = "Write one requirement a line, as `pip freeze` does."
        files = tuple(_requirements(source, "requirements.txt"))
        for name in files:
            checked_lock(source, name, "other", mend)
        whole = any(_is_local(line) for name in files for line in _lines(source.text(name)))
        return "uv", f"uv pip install {_TO_VENV} -r requirements.txt", files, whole, {}
    if _table(project, "project").get("dependencies"):
        return "uv", f"uv pip install {_TO_VENV} -r pyproject.toml", ("pyproject.toml",), False, {}
    if _table(_table(project, "tool"), "poetry").get("dependencies"):
        raise bad_lock("poetry.lock", "it is not there", _RELOCK.format("poetry lock", "poetry.lock"))
    return "uv", "", (), False, {}


def _present(source: Source, *names: str) -> tuple[str, ...]:
    return tuple(name for name in names if source.has(name))


def _requirements(source: Source, name: str) -> list[str]:
    """A requirements file and those that it includes, each once, none of them outside the source."""
    found = [name]
    for each in found:
        folder = each.rpartition("/")[0]
        for included in filter(None, map(_INCLUDED.match, _lines(source.text(each)))):
            path = f"{folder}/{included[1]}".lstrip("/") if folder else included[1].removeprefix("./")
            if len(found) < _MOST_INCLUDED and path not in found and ".." not in path.split("/") and source.has(path):
                found.append(path)
    return found


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines()]


def _is_local(line: str) -> bool:
    """Whether it is the source itself, or a part of it, that is installed."""
    return bool(_LOCAL.match(line) or _LOCAL_FILE.search(line.partition("#")[0]))


def _requires(source: Source, project: dict[str, Any], *names: str) -> bool:
    """Whether the source itself depends on one of these."""
    asked_for = [line for name in _requirements(source, "requirements.txt") for line in _lines(source.text(name))]
    declared = _table(project, "project").get("dependencies")
    asked_for += [line.strip() for line in declared if isinstance(line, str)] if isinstance(declared, list) else []
    asked_for += _table(_table(_table(project, "tool"), "poetry"), "dependencies")
    wanted = re.compile(rf"(?:{'|'.join(map(re.escape, names))})\s*(?:$|[\[<>=!~;@ #])", re.IGNORECASE)
    return any(map(wanted.match, asked_for))


def _build(source: Source) -> str:
    """Django's static files, when the settings say where they are collected."""
    package = _django(source).rstrip(".")
    if not package:
        return ""
    folder = _file(package)
    places = [f"{folder}/settings.py", *(f"{folder}/settings/{name}" for name in source.names(f"{folder}/settings"))]
    said = [re.findall(r"^([ \t]*)STATIC_ROOT\s*=", source.text(place) or "", re.MULTILINE) for place in places]
    collect, indents = "python manage.py collectstatic --noinput", [indent for found in said for indent in found]
    if not indents:
        return ""
    # Below an `if` it may hold elsewhere only, so the settings are asked, as they are in this build.
    asked = "python manage.py diffsettings | grep -q '^STATIC_ROOT = '"
    return collect if "" in indents else f"if {asked}; then {collect}; fi"


def _path(source: Source) -> str:
    return "/app/src:/app" if source.names("src") and not source.has("src/__init__.py") else "/app"


def _notes(source: Source, project: dict[str, Any], title: str, server: str) -> Iterator[str]:
    if server:
        yield f"{title} comes without a server for production: {server} is added. Depend on it to choose the version."
    if title == "Django" and not _requires(source, project, "whitenoise", "django-storages"):
        yield "Django serves no static files in production; with WhiteNoise (pip install whitenoise) the app does."
    if source.has("requirements.txt") and not source.has("uv.lock") and not source.has("poetry.lock"):
        text = source.text("requirements.txt") or ""
        loose = [
            line
            for line in text.splitlines()
            if re.match(r"\s*[A-Za-z]", line) and "==" not in line and "@" not in line
        ]
        if loose:
            yield f"requirements.txt leaves versions open ({loose[0].strip()}): pin them to get the same ones again."


def _file(module: str) -> str:
    return module.rstrip(".").replace(".", "/") + ("/" if module.endswith(".") else "")


def _table(table: dict[str, Any], name: str) -> dict[str, Any]:
    found = table.get(name)
    return found if isinstance(found, dict) else {}
