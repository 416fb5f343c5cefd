"""Digests kept bases in the background, politely, so that damage to them can be told later."""

import os
import threading
import time
from contextlib import suppress

from nacre.branches.catalog import Catalog
from nacre.branches.clusters import Clusters
from nacre.core.errors import Conflict, NacreError
from nacre.core.progress import Step, watched_by
from nacre.core.worker import Worker
from nacre.history.bases import Bases

FROM_AGE_S = 60.0
"""A base is digested when it has outlived the first thinning: reading it all costs seconds per gigabyte."""
_EVERY_S = 30.0
_BUSY_SHARE = 0.05
"""At most this share of the time goes into digesting, however large the bases are."""


class Sealer(Worker):
    """Apart from the keeper, which must not miss a base while gigabytes are read; `stop` gives up the one under way."""

    def __init__(self, catalog: Catalog, clusters: Clusters, bases: Bases) -> None:
        super().__init__("sealer")
        self._catalog = catalog
        self._clusters = clusters
        self._bases = bases

    def _work(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)  # of this thread and those it starts
        pause_s = _EVERY_S
        while not self._stopping.wait(pause_s):
            started = time.monotonic()
            # A base that goes meanwhile is no trouble, and one that is damaged has been set aside.
            with suppress(NacreError, OSError), watched_by(self._give_way):
                self._seal_one()
            pause_s = max(_EVERY_S, (time.monotonic() - started) / _BUSY_SHARE)

    def _seal_one(self) -> None:
        for branch in self._catalog.running_branches():
            if self._bases.seal_one(self._clusters.live_generation(branch), FROM_AGE_S):
                return

    def _give_way(self, _: Step) -> None:
        if self._stopping.is_set():
            raise Conflict("stopping", "The daemon stops; the base is digested later.")
