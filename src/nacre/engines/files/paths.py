"""Paths inside a tree as people write them."""

import os

from nacre.core.errors import InvalidInput

LONGEST_NAME_BYTES = 255
"""NAME_MAX of every Linux file system that Nacre runs on."""


def read_path(path: str) -> bytes:
    """A path as people write it → bytes relative to the tree. Raises InvalidInput for paths that leave the tree."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in path:
        raise InvalidInput("bad-path", f"“{path}” leaves the branch's folder.", hint="Name a path inside it.")
    raw = [os.fsencode(part) for part in parts]
    if any(len(part) > LONGEST_NAME_BYTES for part in raw):
        raise InvalidInput(
            "bad-path", f"“{path[:100]}…” holds a name of more than {LONGEST_NAME_BYTES} bytes.", hint="Shorten it."
        )
    return b"/".join(raw)


def shown_path(raw: bytes) -> str:
    """A path as JSON carries it: bytes that are no UTF-8 are written \\xNN."""
    return raw.decode(errors="backslashreplace")
