"""`python -m nacre.core.store.upgrading PATH`: brings that database to this program's version, and ends."""

import sys
from pathlib import Path

from nacre.core.store.store import Store

if __name__ == "__main__":
    Store(Path(sys.argv[1])).close()
