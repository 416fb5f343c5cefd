"""What a daemon's first start lays into an empty home and is the same in each: made once for all homes under test."""

import atexit
import errno
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from nacre.engines.postgres.installation import embedded


def sow(home: Path) -> None:
    """An empty data.db of this program's version, and as root the PostgreSQL, whose files are links to the same."""
    for path in _made().iterdir():
        if not (home / path.name).exists():
            if path.is_dir():
                shutil.copytree(path, home / path.name, symlinks=True, copy_function=_linked)
            else:
                shutil.copy2(path, home / path.name)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copy2(source, target)


@cache
def _made() -> Path:
    base = Path(tempfile.mkdtemp(prefix="nacre-seed-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    subprocess.run([sys.executable, "-P", "-m", "nacre.core.store.upgrading", base / "data.db"], check=True)
    if os.geteuid() == 0:
        embedded(base / "engines")
    return base
