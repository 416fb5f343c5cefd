"""What a runner asks of the control plane, be it in the same process or at the other end of a network."""

from collections.abc import Collection
from typing import Protocol

from nacre.jobs.job import Beat, Claim, Hold, Job, Outcome


class Queue(Protocol):
    """As nacre.jobs.jobs.Jobs, for the runners of one node; `slot` tells them apart.

    Each call raises Unavailable when the control plane cannot be reached for now: it may be made again, unchanged.
    """

    def claim(self, slot: str, kinds: Collection[str], claim_key: str, wait_s: float) -> Claim | None: ...

    def heartbeat(self, hold: Hold) -> Beat: ...

    def log(self, hold: Hold, offset: int, data: bytes) -> int: ...

    def finish(self, hold: Hold, outcome: Outcome) -> Job: ...
