"""Finds the Caddy to run, and builds its command lines."""

import re
import shutil
import sys
from pathlib import Path

from nacre.core.errors import Failed
from nacre.engines.processes.command import checked, run

OLDEST = (2, 8)  # `handle_response`, precompressed files and permission modules as they are used here
_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")


def find() -> Path:
    """The Caddy that came with Nacre's environment, else the one on PATH. Raises Failed "no-caddy"."""
    own = Path(sys.executable).parent / "caddy"
    if own.is_file():
        return own
    found = shutil.which("caddy")
    if found is None:
        raise Failed(
            "no-caddy",
            "Caddy, which the gateway runs on, was not found.",
            hint="Run ./nacre again to complete the environment, install Caddy, or start with `--mode slim`.",
        )
    return Path(found)


def placed(program: Path, folder: Path) -> Path:
    """A copy in `folder` that every user can run: the environment may lie in somebody's private home."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    copy, original = folder / "caddy", program.stat()
    there = copy.stat() if copy.exists() else None
    if there is None or (there.st_size, there.st_mtime_ns) != (original.st_size, original.st_mtime_ns):
        fresh = folder / "caddy.new"
        shutil.copy2(program, fresh)
        fresh.chmod(0o755)
        fresh.replace(copy)  # one that runs keeps the file it was started from
    return copy


def version(program: Path) -> tuple[int, ...]:
    """Its version, as in (2, 11, 7). Raises CommandFailed or Failed "no-caddy" when it does not tell."""
    said = checked(run([str(program), "version"], timeout_s=10), "Asking Caddy for its version").text
    found = _VERSION.match(said)
    if found is None:
        raise Failed("no-caddy", f"{program} does not answer like Caddy: {said[:80]}.")
    return tuple(int(part) for part in found.groups() if part)


def run_argv(program: Path, configuration: Path) -> list[str]:
    """Serve this configuration, a JSON file, until told to stop."""
    return [str(program), "run", "--config", str(configuration)]


def validate_argv(program: Path, configuration: Path) -> list[str]:
    """Load this configuration as if to serve it, and say what is wrong with it."""
    return [str(program), "validate", "--config", str(configuration)]


def with_low_ports(argv: list[str], uid: int, gid: int) -> list[str]:
    """The same as that user, who may listen on ports below 1024 and has no other right: setpriv(1), as root."""
    return [
        "setpriv",
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--no-new-privs",
        "--inh-caps=-all,+net_bind_service",
        "--ambient-caps=-all,+net_bind_service",
        "--bounding-set=-all,+net_bind_service",
        "--",
        *argv,
    ]
