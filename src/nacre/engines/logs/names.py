"""The files of a shelf: named by the first line in them, and by the marker that each record in them begins with.

A marker is made by chance for each file, so that no line can hold what passes for a record where one is searched for
behind a damaged one.
"""

import re
from pathlib import Path
from secrets import token_bytes
from typing import Literal, NamedTuple

Kind = Literal["blocks", "tail"]

MARKER_BYTES = 8
_NAME = re.compile(r"(\d{16})\.([0-9a-f]{16})\.(blocks|tail)")


class Name(NamedTuple):
    first: int
    marker: bytes
    kind: Kind

    def __str__(self) -> str:
        return f"{self.first:016d}.{self.marker.hex()}.{self.kind}"


def new(first: int, kind: Kind) -> Name:
    return Name(first, token_bytes(MARKER_BYTES), kind)


def listed(folder: Path) -> tuple[list[Name], list[Name]]:
    """The files of blocks and the tails that are there, the oldest first; none where there is no folder."""
    try:
        found = [match for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    except FileNotFoundError:
        return [], []
    blocks = sorted(Name(int(one[1]), bytes.fromhex(one[2]), "blocks") for one in found if one[3] == "blocks")
    tails = sorted(Name(int(one[1]), bytes.fromhex(one[2]), "tail") for one in found if one[3] == "tail")
    return blocks, tails
