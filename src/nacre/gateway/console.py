"""Lays the built console where Caddy may read it, compressed once instead of for every visitor."""

import gzip
import os
import shutil
from pathlib import Path

import zstandard

from nacre.engines.processes.users import Account

BUILT = Path(__file__).parents[3] / "console" / "dist"
"""Where `npm run build` leaves it in this checkout."""

_SMALLEST_BYTES = 1024
_COMPRESSIBLE = frozenset({".html", ".js", ".css", ".svg", ".json", ".txt", ".map", ".wasm", ".webmanifest"})
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Nacre</title>
<p>The API answers here. The console has not been built; <code>nacre up</code> builds it where Node can be had.</p>
</html>
"""


def publish(built: Path, folder: Path, account: Account | None) -> None:
    """Make `folder` hold what `built` holds. New files come first and old ones go last, so no page misses its own."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    wanted = {path.relative_to(built) for path in built.rglob("*") if path.is_file()} if built.is_dir() else set()
    for relative in sorted(wanted, key=lambda path: path.name == "index.html"):
        _lay(built / relative, folder / relative)
    if not (folder / "index.html").exists() or not wanted:
        (folder / "index.html").write_text(_NOT_BUILT)
        wanted = {Path("index.html")}
    kept = {str(path) + ending for path in wanted for ending in ("", ".gz", ".zst")}
    for path in [*folder.rglob("*")]:
        if path.is_file() and str(path.relative_to(folder)) not in kept:
            path.unlink()
    if account:
        _give(folder, account)


def _lay(source: Path, target: Path) -> None:
    """Copy and compress, unless that was done for this very file."""
    if target.exists() and target.stat().st_mtime_ns == source.stat().st_mtime_ns:
        return
    target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.new")
    shutil.copy2(source, fresh)
    data = fresh.read_bytes()
    for ending, compressed in ((".gz", gzip.compress), (".zst", zstandard.ZstdCompressor(19).compress)):
        beside = target.with_name(target.name + ending)
        beside.unlink(missing_ok=True)
        if target.suffix in _COMPRESSIBLE and len(data) >= _SMALLEST_BYTES:
            beside.write_bytes(compressed(data))
            os.utime(beside, ns=(fresh.stat().st_atime_ns, fresh.stat().st_mtime_ns))
    fresh.replace(target)


def _give(folder: Path, account: Account) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 0, account.gid)
        path.chmod(0o750 if path.is_dir() else 0o640)
