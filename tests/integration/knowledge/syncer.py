"""A process that looks at the source “docs” of a collection and dies at once after so many of its items:
`python -m tests.integration.knowledge.syncer HOME COLLECTION ITEMS`."""

import os
import sys
from pathlib import Path

from tests.integration.knowledge.desk import Desk

from nacre.core.principals import OWNER, Principal
from nacre.knowledge.sources.folder import Folder, Folders
from nacre.knowledge.sources.item import Items, Memory


class Deadly(Folders):
    """As kill -9 in the middle: nothing is put in order."""

    def __init__(self, home: Path, after: int) -> None:
        super().__init__(home)
        self._after = after

    def items(self, who: Principal, settings: Folder, memory: Memory) -> Items:
        for number, item in enumerate(super().items(who, settings, memory)):
            if number == self._after:
                os._exit(9)
            yield item


if __name__ == "__main__":
    home = Path(sys.argv[1])
    desk = Desk.on(home, {"folder": Deadly(home, int(sys.argv[3]))})
    desk.sources.sync(OWNER, sys.argv[2], "docs")
