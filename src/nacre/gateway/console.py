"""Lays the built console where Caddy may read it: the checkout may be in somebody's private home."""

import os
import shutil
from pathlib import Path

from nacre.engines.processes.users import Account

_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Nacre</title>
<p>The API answers here. The console has not been built; <code>nacre up</code> builds it where Node can be had.</p>
</html>
"""


def publish(built: Path, folder: Path, account: Account | None) -> None:
    """Make `folder` hold what `built` holds. New files come first and old ones go last, so no page misses its own."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    wanted = {path.relative_to(built) for path in built.rglob("*") if path.is_file() and path.name[0] != "."}
    for relative in sorted(wanted, key=lambda path: path.name.startswith("index.html")):
        _lay(built / relative, folder / relative)
    if not wanted:
        (folder / "index.html").write_text(_NOT_BUILT)
        wanted = {Path("index.html")}
    for path in [*folder.rglob("*")]:
        if path.is_file() and path.relative_to(folder) not in wanted:
            path.unlink()
    if account:
        _give(folder, account)


def _lay(source: Path, target: Path) -> None:
    """Copy, unless this very file was copied already."""
    if target.exists() and target.stat().st_mtime_ns == source.stat().st_mtime_ns:
        return
    target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.new")
    shutil.copy2(source, fresh)
    fresh.replace(target)


def _give(folder: Path, account: Account) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 0, account.gid)
        path.chmod(0o750 if path.is_dir() else 0o640)
