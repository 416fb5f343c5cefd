"""Checks a kept base against what was noted about it: names, sizes, times and, once sealed, digests of all files.

A base is not digested while it is taken: reading it all would make milliseconds into seconds. `seal` does so later, in
the background. Whoever writes to a file moves its modification time, so that `touched` finds it in milliseconds; what
a disk alters by itself is found by the digests, and by PostgreSQL's own page checksums when a page is read.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nacre.core.errors import Damaged
from nacre.core.progress import report
from nacre.engines.postgres.bases import Base, trace, traces
from nacre.engines.postgres.control import read_control
from nacre.engines.postgres.installation import Installation
from nacre.engines.postgres.walindex import digest
from nacre.engines.processes.users import Account

SEAL = "digests.json"
_HINT = "`nacre history verify` tells whether moments are lost by it."


def seal(base: Base) -> None:
    """Note the digest of every file of a base, once; costs reading it all. Raises Damaged if it was touched already."""
    path = base.path / SEAL
    if path.exists():
        return
    found = touched(base)
    if found:
        raise found[0]
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(json.dumps(_digests(base.data_dir, list(trace(base.data_dir)))))
    unfinished.replace(path)


def faults(base: Base, installation: Installation, owner: Account | None = None) -> list[Damaged]:
    """Everything wrong with a base, one error per file: missing, added, truncated, written to, and, if it is sealed,
    altered by whatever means.

    Also reads pg_control, whose own checksum guards the way in.
    """
    found = touched(base)
    try:
        read_control(installation, base.data_dir, owner)
    except Damaged as error:
        found.append(error)
    return found or _altered(base, sorted(traces(base.path)))


def touched(base: Base) -> list[Damaged]:
    """What looks wrong with a base without reading it, one error per file; costs a look at every name.

    A file that was written to is read and pardoned if its digest is noted and right. Raises Damaged.
    """
    noted, seen = traces(base.path), trace(base.data_dir)
    found, written = [], []
    for name in sorted(noted.keys() | seen.keys()):
        if name not in seen:
            found.append(_damaged(base, f"the file {name} is missing"))
        elif name not in noted:
            found.append(_damaged(base, f"the file {name} was added"))
        elif noted[name].size_bytes != seen[name].size_bytes:
            sizes = f"{seen[name].size_bytes} bytes instead of {noted[name].size_bytes}"
            found.append(_damaged(base, f"the file {name} has {sizes}"))
        elif noted[name].modified_ns != seen[name].modified_ns:
            written.append(name)
    if written and not (base.path / SEAL).exists():
        return found + [_damaged(base, f"the file {name} has been written to") for name in written]
    return found + _altered(base, written)


def _altered(base: Base, names: list[str]) -> list[Damaged]:
    """Which of these files differ from their noted digests; none if the base is not sealed."""
    path = base.path / SEAL
    if not names or not path.exists():
        return []
    try:
        noted: dict[str, str] = json.loads(path.read_text())
    except ValueError:
        return [_damaged(base, "its digests cannot be read")]
    seen = _digests(base.data_dir, names)
    return [_damaged(base, f"the file {name} has been altered") for name in seen if seen[name] != noted.get(name)]


def _digests(data_dir: Path, names: list[str]) -> dict[str, str]:
    files = sorted(name for name in names if not (data_dir / name).is_symlink())
    found: dict[str, str] = {}
    with ThreadPoolExecutor(2) as pool:
        try:
            for name, value in zip(files, pool.map(lambda name: digest(data_dir / name), files), strict=True):
                report("digesting", done=len(found), total=len(files))
                found[name] = value
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # whoever watches may have had enough
            raise
    return found


def _damaged(base: Base, what: str) -> Damaged:
    return Damaged(
        "base-damaged", f"In the base {base.path.name}, taken {base.time:%Y-%m-%d %H:%M:%S} UTC, {what}.", hint=_HINT
    )
