"""`python -m nacre.surfaces.docs [--check]`: write every generated file, or fail when one is out of date."""

import sys
from pathlib import Path

from nacre.surfaces.docs import cli, errors, models, operations, pg_llm, settings, typescript
from nacre.surfaces.docs.openapi import openapi_text
from nacre.surfaces.registry import all_operations
from nacre.surfaces.verbs import MANIFEST, describe, manifest_text

_ROOT = Path(__file__).parents[4]
_REFERENCE = _ROOT / "docs" / "reference"
_CLIENT = _ROOT / "console" / "src" / "api" / "operations.ts"


def main(arguments: list[str]) -> int:
    """Write the files, or with --check name those that differ; returns the exit code."""
    if "--check" in arguments:
        stale = [path for path, text in generated().items() if not _holds(path, text)]
        for path in stale:
            sys.stderr.write(f"{path.relative_to(_ROOT)} is out of date: run `./nacre generate`.\n")
        return 1 if stale else 0
    # The manifest first: the pages on the command line are made from it.
    registry = all_operations()
    _write(MANIFEST, manifest_text(registry))
    for path, text in generated().items():
        _write(path, text)
    return 0


def generated() -> dict[Path, str]:
    """Every generated file with what it must hold."""
    registry = all_operations()
    verbs = [describe(operation) for operation in registry]
    return {
        MANIFEST: manifest_text(registry),
        _REFERENCE / "operations.md": operations.page(verbs),
        _REFERENCE / "cli.md": cli.page(),
        _REFERENCE / "errors.md": errors.page(),
        _REFERENCE / "model-providers.md": models.page(),
        _REFERENCE / "pg_llm.md": pg_llm.page(),
        _REFERENCE / "settings.md": settings.page(),
        _REFERENCE / "openapi.json": openapi_text(registry),
        _CLIENT: typescript.module(verbs),
    }


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


def _write(path: Path, text: str) -> None:
    if not _holds(path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        sys.stdout.write(f"Wrote {path.relative_to(_ROOT)}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
