"""A process that restores a backup: `python -m tests.integration.knowledge.restorer DATABASE FILE`. Without a model, so
that it starts fast."""

import sys
from pathlib import Path

from nacre.core.clock import system_clock
from nacre.core.principals import OWNER
from nacre.core.progress import watched_by
from nacre.core.spools import Spool, Spools
from nacre.core.store.store import Store
from nacre.knowledge.arriving import Arriving
from nacre.knowledge.backups import Backups, Wanted
from nacre.knowledge.clearing import Clearing
from nacre.knowledge.kinds import index_of

if __name__ == "__main__":
    database, file = map(Path, sys.argv[1:])
    store = Store(database)
    index = index_of(store)
    arriving = Arriving(store, system_clock, index, Clearing(store, index))
    backups = Backups(store, system_clock, index, Spools(database.parent, 1 << 30), arriving, lambda name: True)
    with watched_by(lambda step: print(step.phase, flush=True)):
        backups.restore(
            OWNER, Spool.of(file.read_bytes()), Wanted((), None, replace=False, project=None, private=False)
        )
    sys.stdin.read()
