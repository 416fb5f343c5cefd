"""`python -m nacre.surfaces.docs [--check]`: write every generated file, or fail when one is out of date."""

import sys
from pathlib import Path

from nacre.surfaces.registry import all_operations
from nacre.surfaces.verbs import MANIFEST, manifest_text

_ROOT = Path(__file__).parents[4]


def main(arguments: list[str]) -> int:
    """Write the files, or with --check name those that differ; returns the exit code."""
    stale = [path for path, text in generated().items() if not path.exists() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(_ROOT)} is out of date: run `./nacre generate`.", file=sys.stderr)  # noqa: T201
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generated()[path])
        print(f"Wrote {path.relative_to(_ROOT)}")  # noqa: T201
    return 0


def generated() -> dict[Path, str]:
    """Every generated file with what it must hold."""
    registry = all_operations()
    return {MANIFEST: manifest_text(registry)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
