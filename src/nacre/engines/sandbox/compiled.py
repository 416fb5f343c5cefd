"""Our packages for the machine's own Python, compiled once: reading them from source takes longer than a sandbox."""

import functools
import py_compile
import tempfile
from pathlib import Path

from nacre.engines.sandbox.layout import settle


def write_package(name: str, folder: Path) -> Path:
    """Write the package `name` of this engine, compiled, into `folder`, and answer where it lies."""
    target = folder / name
    target.mkdir(exist_ok=True)
    target.chmod(0o755)
    for module, code in _compiled(name).items():
        settle(target / f"{module}.pyc", code)
    return target


@functools.cache
def _compiled(name: str) -> dict[str, bytes]:
    """The modules by name. Never checked against their source, which is not there."""
    found = {}
    with tempfile.TemporaryDirectory() as place:
        for source in sorted((Path(__file__).parent / name).glob("*.py")):
            compiled = Path(place, f"{source.stem}.pyc")
            py_compile.compile(
                str(source), str(compiled), doraise=True, optimize=0,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )  # fmt: skip
            found[source.stem] = compiled.read_bytes()
    return found
