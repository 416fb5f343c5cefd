"""Which files of a tree are documents: what patterns name, but for what is hidden or made anew from others. Pure."""

from collections.abc import Sequence

from nacre.core.errors import InvalidInput
from nacre.engines.files.ignored import is_ignored, read_rules

_MADE = frozenset({"node_modules", "__pycache__"})
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LOOKED_AT_BYTES = 8192
_BINARIES = (b"%PDF-", b"PK\x03\x04")
"""What has zeros in it, and is read all the same."""


class Matching:
    """`patterns` are written as in a .gitignore; without any, everything matches. A later one with ! takes back."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._rules = read_rules("\n".join(patterns))

    def takes(self, path: str) -> bool:
        """Whether a file belongs to it; `path` is relative to the folder that the patterns are for."""
        return not self._rules or is_ignored(path, folder=False, layers=[("", self._rules)])


def is_left_out(name: str) -> bool:
    """Whether a file or folder of this name is never looked at: .git and .env are hidden, and are not for everybody."""
    return name.startswith(".") or name in _MADE


def is_binary(data: bytes) -> bool:
    """Whether it is neither text nor a document that can be read: a picture, a program, an archive of other things."""
    return b"\0" in data[:_LOOKED_AT_BYTES] and not data.startswith((*_MARKS, *_BINARIES))


def check_patterns(patterns: Sequence[str]) -> None:
    """Raises InvalidInput "bad-pattern"."""
    for pattern in patterns:
        if not read_rules(pattern) or "\n" in pattern:
            raise InvalidInput(
                "bad-pattern",
                f"“{pattern:.100}” names no files.",
                hint="Write it as in a .gitignore: *.md, docs/**/*.txt, or !drafts/** to take some back.",
            )
    if patterns and all(pattern.startswith("!") for pattern in patterns):
        raise InvalidInput("bad-pattern", "All patterns take something back, and none names files.", hint="Add *.md.")
