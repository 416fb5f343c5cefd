"""Python's layer: the interpreter that Nacre itself runs on, at /usr/local, compiled ahead for quick starts."""

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import cache_from_source
from pathlib import Path

from nacre.core.errors import Failed, NoSpace
from nacre.engines.oci.entries import Entry, File, Folder, Link, entries_of
from nacre.images.base.libraries import needed_by
from nacre.images.base.userland import copies

TARGET = "usr/local"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
_NOISE = frozenset(
    ("__pycache__", "test", "tests", "idlelib", "turtledemo", "tkinter", "site-packages", "dist-packages")
)
_SHARDS = 2
_COMPILE_WITHIN_S = 120

# Runs in the interpreter that the image gets: lines of source, compiled file and the name to be seen in tracebacks.
_COMPILE = """
import py_compile, sys
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
for line in sys.stdin.read().splitlines():
    source, compiled, name = line.split("\\t")
    try:
        py_compile.compile(source, compiled, name, True, invalidation_mode=mode)
    except py_compile.PyCompileError:
        pass
"""


def python_layer(scratch: Path) -> Iterator[Entry]:
    """The entries of the layer; compiled files are made in the folder `scratch`, and needed until they are read.

    Raises Unavailable "no-base-image", Failed "no-base-image", NoSpace "disk-full".
    """
    prefix = Path(sys.base_prefix).resolve()
    program = _program(prefix)
    stdlib = Path(sysconfig.get_path("stdlib")).resolve()
    inside = f"{TARGET}/{stdlib.relative_to(prefix)}"
    files = [_without_home(entry, prefix) for entry in entries_of(stdlib, inside, _is_noise)]
    yield from files
    yield from _compiled(program, files, scratch)
    yield Folder(f"{inside}/site-packages")
    yield File(f"{TARGET}/bin/python{VERSION}", program, executable=True)
    for name in ("python3", "python"):
        yield Link(f"{TARGET}/bin/{name}", f"python{VERSION}")
    yield from _headers(prefix)
    yield from _libraries(prefix, program, [*stdlib.glob("lib-dynload/*.so")])


def inputs() -> Iterator[Path]:
    """What the layer is made from, as far as it changes without a new name."""
    prefix = Path(sys.base_prefix).resolve()
    yield _program(prefix)
    stdlib = Path(sysconfig.get_path("stdlib")).resolve()
    yield from (stdlib, stdlib / "os.py", stdlib / "lib-dynload")
    yield from sorted(prefix.glob("lib/libpython*"))


def _program(prefix: Path) -> Path:
    """The interpreter itself, not a shim of a version manager nor a virtual environment's link."""
    found = (prefix / "bin" / f"python{VERSION}").resolve()
    if not found.is_file():
        raise Failed(
            "no-base-image", f"There is no interpreter at {found}.", hint="Set Nacre up again with ./nacre version."
        )
    return found


def _is_noise(path: str) -> bool:
    parts = path.split("/")
    name = parts[-1]
    return (
        parts[-1] in _NOISE
        or name.endswith((".a", ".o", ".exe"))
        or name == "EXTERNALLY-MANAGED"
        or (name.startswith(("_test", "_tkinter", "_ctypes_test", "xxlimited")) and name.endswith(".so"))
    )


def _without_home(entry: Entry, prefix: Path) -> Entry:
    """What tells where Python was built tells the place in the image instead."""
    if not isinstance(entry, File) or not isinstance(entry.source, Path) or str(prefix) == "/usr":
        return entry
    if not entry.source.name.startswith(("_sysconfigdata", "Makefile", "python-config")):
        return entry
    text = entry.source.read_bytes().replace(str(prefix).encode(), f"/{TARGET}".encode())
    return File(entry.path, text, entry.executable)


def _compiled(program: Path, files: list[Entry], scratch: Path) -> Iterator[Entry]:
    """Compiled files that are never compared with their source: an image's source does not change.

    Compiled code depends a little on what the interpreter has seen before. Hence the fixed shards, each in order.
    """
    sources = [entry for entry in files if isinstance(entry, File) and entry.path.endswith(".py")]
    jobs = []
    for number, entry in enumerate(sources):
        source = entry.source
        if isinstance(source, bytes):
            source = scratch / f"{number}.py"
            source.write_bytes(entry.source if isinstance(entry.source, bytes) else b"")
        jobs.append((str(source), str(scratch / f"{number}.pyc"), f"/{entry.path}"))
    with ThreadPoolExecutor(_SHARDS) as pool:
        list(pool.map(lambda shard: _compile(program, jobs[shard::_SHARDS]), range(_SHARDS)))
    for number, entry in enumerate(sources):
        compiled = scratch / f"{number}.pyc"
        if compiled.exists():  # templates of lib2to3 and the like are no valid Python
            yield File(cache_from_source(entry.path), compiled)


def _compile(program: Path, jobs: list[tuple[str, str, str]]) -> None:
    text = "\n".join("\t".join(job) for job in jobs)
    done = subprocess.run(
        [program, "-I", "-S", "-c", _COMPILE],
        input=text, text=True, capture_output=True, timeout=_COMPILE_WITHIN_S, check=False,
        env={"PYTHONHASHSEED": "0"},
    )  # fmt: skip
    if "No space left on device" in done.stderr:
        raise NoSpace(
            "disk-full", "The disk is full: the base image was not made.", hint="Make room, and publish again."
        )
    if done.returncode != 0:
        raise Failed("no-base-image", f"Python's own modules could not be compiled: {done.stderr.strip()[-500:]}")


def _headers(prefix: Path) -> Iterator[Entry]:
    headers = prefix / "include" / f"python{VERSION}"
    if headers.is_dir():
        yield from entries_of(headers, f"{TARGET}/include/python{VERSION}")


def _libraries(prefix: Path, program: Path, modules: list[Path]) -> Iterator[Entry]:
    """What they need beside the userland. The loader does not look into /usr/local/lib: a link leads there."""
    wanted = [module for module in modules if not _is_noise(module.name)]
    needed = needed_by([program, *wanted])
    own = {path for path in needed if str(prefix) != "/usr" and path.resolve().is_relative_to(prefix)}
    yield from copies(needed - own)
    where = next(path.parent for path in needed if path.name.startswith("libc.so"))
    for path in sorted(own):
        yield File(f"{TARGET}/lib/{path.name}", path.resolve(), executable=True)
        yield Link(f"usr/{str(where).removeprefix('/usr').lstrip('/')}/{path.name}", f"/{TARGET}/lib/{path.name}")
