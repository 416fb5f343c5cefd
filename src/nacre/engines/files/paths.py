"""Paths inside a tree as people write them."""

import os

from nacre.core.errors import InvalidInput


def read_path(path: str) -> bytes:
    """A path as people write it → bytes relative to the tree. Raises InvalidInput for paths that leave the tree."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in path:
        raise InvalidInput("bad-path", f"“{path}” leaves the branch's folder.", hint="Name a path inside it.")
    return os.fsencode("/".join(parts))


def shown_path(raw: bytes) -> str:
    """A path as JSON carries it: bytes that are no UTF-8 are written \\xNN."""
    return raw.decode(errors="backslashreplace")
