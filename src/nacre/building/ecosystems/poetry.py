"""Poetry's lock file, as requirements that any installer takes: no Poetry is needed then, and any index will do."""

import re
from collections.abc import Iterator
from typing import Any

from nacre.building.ecosystems.manifests import bad_lock

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_MEND = "Run `poetry lock` in the project, and commit poetry.lock together with pyproject.toml."


def requirements(lock: dict[str, Any], project: dict[str, Any]) -> str:
    """What production needs, one a line, with hashes. `lock` and `project` are poetry.lock and pyproject.toml.

    Raises InvalidInput "bad-lock-file" when a package is missing, or lies in the project itself.
    """
    packages: dict[str, list[dict[str, Any]]] = {}
    for package in _tables(lock.get("package")):
        packages.setdefault(_normal(str(package.get("name"))), []).append(package)
    asked = [*_asked(project)]
    missing = next((name for name in asked if name not in packages), None)
    if missing is not None:
        raise bad_lock("poetry.lock", f"it does not have {missing}, which pyproject.toml asks for", _MEND)
    if any("groups" in package for many in packages.values() for package in many):
        lines = (_line(package, _grouped(package)) for many in packages.values() for package in many
                 if "main" in _list(package.get("groups")) and not package.get("optional"))  # fmt: skip
        return "\n".join(lines) + "\n"
    markers = _reached(asked, packages)
    return "\n".join(_line(package, marker) for name, marker in markers.items() for package in packages[name]) + "\n"


def _asked(project: dict[str, Any]) -> Iterator[str]:
    """The names of what production depends on, as pyproject.toml has it, in either of its two ways."""
    for line in _list(_table(project, "project").get("dependencies")):
        found = _NAME.match(line)
        if found and ";" not in line:
            yield _normal(found[1])
    for name, value in _table(_table(_table(project, "tool"), "poetry"), "dependencies").items():
        if name != "python" and not (isinstance(value, dict) and (value.get("optional") or value.get("markers"))):
            yield _normal(name)


def _reached(asked: list[str], packages: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Locks before Poetry 2 do not tell what is for production: what can be reached is, by the markers on the way."""
    edges: dict[str, set[str]] = {name: {""} for name in asked}
    left = [*asked]
    while left:
        for package in packages.get(left.pop(), ()):
            for name, value in _table(package, "dependencies").items():
                known = _normal(name)
                if known not in packages or (isinstance(value, dict) and value.get("optional")):
                    continue
                if known not in edges:
                    left.append(known)
                edges.setdefault(known, set()).update(_markers(value))
    return {name: "" if "" in markers else " or ".join(f"({one})" for one in sorted(markers))
            for name, markers in sorted(edges.items())}  # fmt: skip


def _markers(value: object) -> set[str]:
    if isinstance(value, list):
        return {marker for one in value for marker in _markers(one)}
    return {str(value.get("markers", ""))} if isinstance(value, dict) else {""}


def _grouped(package: dict[str, Any]) -> str:
    markers = package.get("markers", "")
    return str(markers.get("main", "") if isinstance(markers, dict) else markers)


def _line(package: dict[str, Any], marker: str) -> str:
    name, source = package.get("name"), _table(package, "source")
    after = f" ; {marker}" if marker else ""
    match source.get("type"):
        case "git":
            return f"{name} @ git+{source.get('url')}@{source.get('resolved_reference')}{after}"
        case "url":
            return f"{name} @ {source.get('url')}{after}"
        case "directory" | "file":
            raise bad_lock(
                "poetry.lock", f"{name} lies in the project itself",
                'Say how it is installed: [publish] install = "…" in nacre.toml.',
            )  # fmt: skip
    hashes = (f" --hash={file['hash']}" for file in _tables(package.get("files")) if "hash" in file)
    return f"{name}=={package.get('version')}{after}{''.join(hashes)}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _table(table: dict[str, Any], name: str) -> dict[str, Any]:
    found = table.get(name)
    return found if isinstance(found, dict) else {}


def _list(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _tables(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
