"""A copy-on-write store for the projects inside one sparse file, for a home on a disk that cannot share blocks."""

import os
import shutil
from pathlib import Path

from nacre.core.errors import Conflict, NoSpace, NotAllowed
from nacre.core.settings import Settings
from nacre.engines.storage.loopfile import make_store, mount_store

_SMALLEST_BYTES = 4 << 30
_SHARE_OF_FREE = 0.8  # the rest stays for data.db, the logs and whatever else shares the disk


def image(settings: Settings) -> Path:
    return settings.home / "store.img"


def make(settings: Settings) -> None:
    """Make the store and mount it as the projects folder.

    It may grow to four fifths of what is free now, and takes no room before it is used. The mount lasts until the
    machine restarts; `mount_again` is what `up` calls. Raises, with nothing changed: NotAllowed "not-root", Conflict
    "projects-exist" or "store-exists", NoSpace "disk-full", Unavailable "tool-missing", Failed "store-failed".
    """
    projects = settings.projects
    _need_root()
    if image(settings).exists():
        raise Conflict("store-exists", f"There is a store already: {image(settings)}.")
    if projects.exists() and any(projects.iterdir()):
        raise Conflict(
            "projects-exist",
            f"{projects} is not empty, and a mount would hide what is in it.",
            hint="Make the store in a fresh NACRE_HOME, or delete the projects first.",
        )
    settings.home.mkdir(mode=0o755, parents=True, exist_ok=True)
    size = int(shutil.disk_usage(settings.home).free * _SHARE_OF_FREE)
    if size < _SMALLEST_BYTES:
        raise NoSpace("disk-full", f"Too little is free for a store: it would have {size >> 20} MB, and needs 4096 MB.")
    make_store(image(settings), projects, size)


def is_left_unmounted(settings: Settings) -> bool:
    """Whether there is a store that the projects folder is not mounted from."""
    return image(settings).exists() and not settings.projects.is_mount()


def mount_again(settings: Settings) -> bool:
    """Mount the store, if there is one that is not mounted; whether it was. Raises NotAllowed, Conflict or Failed."""
    if not is_left_unmounted(settings):
        return False
    _need_root()
    if settings.projects.exists() and any(settings.projects.iterdir()):
        raise Conflict(
            "projects-exist",
            f"{settings.projects} holds files, though the store that belongs there is not mounted.",
            hint=f"Move them away; then mount {image(settings)} there by running `nacre up` again.",
        )
    mount_store(image(settings), settings.projects)
    return True


def _need_root() -> None:
    if os.geteuid() != 0:
        raise NotAllowed("not-root", "Only root can mount a store.", hint="Run it with sudo.")
