"""Becoming an unprivileged user while the program itself may lie where that user cannot go, as below /root."""

import os
import sys
from types import ModuleType


def become(uid: int, gid: int) -> None:
    """From root to this user and its group alone, for good; what is imported from then on is still found.

    The folders of modules are opened first, and named by their descriptors afterwards: a path through /proc/self/fd
    asks nothing of the folders above. To be called before there are threads.
    """
    moved = {path: f"/proc/self/fd/{os.open(path, os.O_PATH)}" for path in dict.fromkeys(sys.path) if _is_folder(path)}
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    sys.path[:] = [moved.get(path, path) for path in sys.path]
    sys.path_importer_cache.clear()
    for module in list(sys.modules.values()):
        _move(module, moved)


def _move(module: ModuleType, moved: dict[str, str]) -> None:
    """Let the modules of a package that is loaded already be found below its new name."""
    places = getattr(module, "__path__", None)
    if isinstance(places, list):
        places[:] = [_new(place, moved) for place in places]


def _new(place: str, moved: dict[str, str]) -> str:
    # The longest first: site-packages lies below the library.
    for old in sorted(moved, key=len, reverse=True):
        if place == old or place.startswith(old + os.sep):
            return moved[old] + place[len(old) :]
    return place


def _is_folder(path: str) -> bool:
    return bool(path) and os.path.isdir(path)  # noqa: PTH112  (pathlib is not loaded yet, and would not be found later)
