"""The Python that the warden runs on where the system inside is an image's: the machine's own, with all it needs.

An image may have no Python, another one, or another C library. So the interpreter, its library and the shared objects
of both are mounted apart, file by file, and started through their own dynamic loader; nothing of the image is loaded.
"""

import functools
import json
import os
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from nacre.core.errors import Failed
from nacre.engines.sandbox import view

FOLDER = "/run/nacre"
_TIMEOUT_S = 20
_LOADED = (
    "import json, sys; sys.path.insert(0, {folder!r}); import warden.main; "
    "print(json.dumps([f for m in sys.modules.values() if (f := getattr(m, '__file__', None)) and f.endswith('.so')]))"
)


@dataclass(frozen=True)
class Kit:
    """`binds` are bubblewrap's arguments; `interpreter` is what comes before the arguments of Python."""

    binds: tuple[str, ...]
    interpreter: tuple[str, ...]


@functools.cache
def kit() -> Kit:
    """Raises Failed "kit-not-made" when the machine's own Python cannot be looked into."""
    program, library = Path(view.interpreter()), Path(sysconfig.get_path("stdlib"))
    try:
        loader, objects = _objects([program, *_extensions(program)])
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise Failed("kit-not-made", f"What {program} is made of could not be told: {error}") from error
    inside = f"{FOLDER}/python/bin/{program.name}"
    binds = ["--ro-bind", str(program), inside, "--ro-bind", str(library), f"{FOLDER}/python/lib/{library.name}"]
    for packages in ("site-packages", "dist-packages"):
        if (library / packages).is_dir():
            binds += ["--tmpfs", f"{FOLDER}/python/lib/{library.name}/{packages}"]
    binds += ["--ro-bind", os.path.realpath(loader), f"{FOLDER}/lib/loader"]
    for name, path in objects.items():
        binds += ["--ro-bind", os.path.realpath(path), f"{FOLDER}/lib/{name}"]
    return Kit(tuple(binds), (f"{FOLDER}/lib/loader", "--library-path", f"{FOLDER}/lib", inside))


def _extensions(program: Path) -> list[Path]:
    """The compiled modules that the warden imports."""
    script = _LOADED.format(folder=str(Path(__file__).parent))
    done = subprocess.run(
        [program, "-I", "-S", "-B", "-c", script], capture_output=True, text=True, check=True, timeout=_TIMEOUT_S
    )
    return [Path(name) for name in json.loads(done.stdout)]


def _objects(files: list[Path]) -> tuple[str, dict[str, str]]:
    """The dynamic loader, and by name every library that one of these files needs, as ldd(1) tells it."""
    loader, found = "", {}
    for file in files:
        done = subprocess.run(["ldd", file], capture_output=True, text=True, check=True, timeout=_TIMEOUT_S)
        for line in done.stdout.splitlines():
            name, _, path = line.strip().partition(" => ")
            path = (path or name).rpartition(" (")[0]
            if not path.startswith("/"):
                continue  # the kernel's own, which lies in no file
            if Path(name.split()[0]).name.startswith("ld-"):
                loader = path
            else:
                found[name.strip()] = path
    if not loader:
        raise ValueError("it is linked statically")
    return loader, found
