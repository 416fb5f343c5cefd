"""YAML as people write it: in the given order, long lines left whole."""

from typing import Any


def yaml_of(document: Any, about: str = "") -> str:
    """`about` becomes comments at its head, line for line."""
    import yaml  # only where somebody exports

    head = "".join(f"# {line}\n" for line in about.splitlines())
    return f"{head}{yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10_000)}"
