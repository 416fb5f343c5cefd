"""Checks a kept base against what was noted about it: names, sizes and, once sealed, digests of all files.

A base is not digested while it is taken: reading it all would make milliseconds into seconds. `seal` does so later, in
the background; damage done between the two is found by PostgreSQL's own page checksums only, when a page is read.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nacre.core.errors import Damaged
from nacre.engines.postgres.bases import Base, measure, sizes
from nacre.engines.postgres.control import read_control
from nacre.engines.postgres.installation import Installation
from nacre.engines.postgres.walindex import digest
from nacre.engines.processes.users import Account

SEAL = "digests.json"


def seal(base: Base) -> None:
    """Note the digest of every file of a base, once; costs reading it all. Raises Damaged if sizes differ already."""
    path = base.path / SEAL
    if path.exists():
        return
    faults = _size_faults(base)
    if faults:
        raise faults[0]
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(json.dumps(_digests(base.data_dir)))
    unfinished.replace(path)


def faults(base: Base, installation: Installation, owner: Account | None = None) -> list[Damaged]:
    """Everything wrong with a base, one error per file: missing, added, truncated, and, if it is sealed, altered.

    Also reads pg_control, whose own checksum guards the way in.
    """
    found = _size_faults(base)
    try:
        read_control(installation, base.data_dir, owner)
    except Damaged as error:
        found.append(error)
    return found or _digest_faults(base)


def _size_faults(base: Base) -> list[Damaged]:
    noted, seen = sizes(base.path), measure(base.data_dir)
    found = []
    for name in sorted(noted.keys() | seen.keys()):
        if name not in seen:
            found.append(_damaged(base, f"the file {name} is missing"))
        elif name not in noted:
            found.append(_damaged(base, f"the file {name} was added"))
        elif noted[name] != seen[name]:
            found.append(_damaged(base, f"the file {name} has {seen[name]} bytes instead of {noted[name]}"))
    return found


def _digest_faults(base: Base) -> list[Damaged]:
    path = base.path / SEAL
    if not path.exists():
        return []
    try:
        noted: dict[str, str] = json.loads(path.read_text())
    except ValueError:
        return [_damaged(base, "its digests cannot be read")]
    seen = _digests(base.data_dir)
    return [
        _damaged(base, f"the file {name} has been altered") for name in sorted(noted) if seen.get(name) != noted[name]
    ]


def _digests(data_dir: Path) -> dict[str, str]:
    names = sorted(name for name in measure(data_dir) if not (data_dir / name).is_symlink())
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(lambda name: digest(data_dir / name), names), strict=True))


def _damaged(base: Base, what: str) -> Damaged:
    return Damaged("base-damaged", f"In the base {base.path.name}, taken {base.time:%Y-%m-%d %H:%M:%S} UTC, {what}.")
