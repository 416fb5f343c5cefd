"""Finds the machine's git, and tells whether it will do."""

import re
import shutil
from functools import cache

from nacre.core.errors import Unavailable
from nacre.engines.git.commands import GIT, SEARCH_PATH
from nacre.engines.processes.command import run

OLDEST = (2, 38)  # merges without a work tree, and addresses that stay what they were looked up as (from 2.37)
_VERSION = re.compile(r"git version (\d+)\.(\d+)")
_HINT = "Install it: `apt-get install git`, or your system's way."


@cache
def require() -> str:
    """Its version, once found good enough. Raises Unavailable "no-git" or "git-too-old"."""
    if shutil.which(GIT, path=SEARCH_PATH) is None:
        raise Unavailable("no-git", "This machine has no git, which repositories need.", hint=_HINT)
    said = run([GIT, "version"], env={"PATH": SEARCH_PATH}, timeout_s=10).text
    found = _VERSION.match(said)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < OLDEST:
        raise Unavailable(
            "git-too-old",
            f"This machine's git is too old: {said[:80]}; repositories need {OLDEST[0]}.{OLDEST[1]} or later.",
            hint=_HINT,
        )
    return said.removeprefix("git version ")
