"""Lets people create the safe extensions themselves, as they are used to: `CREATE EXTENSION vector`.

PostgreSQL lets a non-superuser create what its control file calls trusted. From 18 on, control files are also looked
for in directories of our choice (extension_control_path): copies of those judged safe stand there, marked trusted.
"""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from nacre.engines.postgres.extensions import ON_REQUEST
from nacre.engines.postgres.installation import Installation

_FROM = 18
_TRUSTED = re.compile(r"^\s*trusted\s*=.*$", re.MULTILINE)


def with_trusted_extensions(installation: Installation, engines_dir: Path) -> Installation:
    """The same PostgreSQL with the safe extensions marked trusted; below 18 unchanged (`extension enable` serves)."""
    if installation.major < _FROM:
        return installation
    major, minor = installation.version
    target = engines_dir / f"extensions-{major}.{minor}"
    if not target.is_dir():
        _lay_out(_shared(installation) / "extension", target)
    return replace(installation, extension_dirs=(*installation.extension_dirs, target))


def marked_trusted(control: str) -> str:
    """A control file's text with `trusted = true`."""
    return _TRUSTED.sub("", control).rstrip() + "\ntrusted = true\n"


def _lay_out(source: Path, target: Path) -> None:
    """Control files with their scripts, which are looked for beside them; whole or not at all."""
    unfinished = target.with_name(target.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    folder = unfinished / "extension"
    folder.mkdir(parents=True)
    for name in ON_REQUEST:
        control = source / f"{name}.control"
        if control.exists():
            (folder / control.name).write_text(marked_trusted(control.read_text()))
            for script in source.glob(f"{name}--*.sql"):
                shutil.copyfile(script, folder / script.name)
    for path in (unfinished, folder):
        path.chmod(0o755)
    unfinished.rename(target)


def _shared(installation: Installation) -> Path:
    done = subprocess.run(
        [installation.program("pg_config"), "--sharedir"], capture_output=True, text=True, timeout=30, check=True
    )
    return Path(done.stdout.strip())
