"""The whole registry: importing every subject's operations.py declares its verbs."""

from importlib import import_module
from pathlib import Path

import nacre
from nacre.core.operations import Registry, registry


def all_operations() -> Registry:
    """Import each `nacre/<subject>/operations.py` there is and return the registry they filled.

    Its order is that of the modules' names, and in a module that of declaration, whoever imported which one first.
    """
    package = Path(nacre.__file__).parent
    for path in sorted(package.glob("*/operations.py")):
        if path.parent.name != "core":  # core's is the registry itself
            import_module(f"nacre.{path.parent.name}.operations")
    found = sorted(registry, key=lambda operation: operation.handler.__module__)
    registry.operations = {operation.name: operation for operation in found}
    return registry
