"""The queue of jobs as one node sees it: a node that drains gets none, and may touch what its own runners hold only."""

from collections.abc import Collection
from functools import partial

from nacre import __version__
from nacre.core.errors import Conflict
from nacre.jobs.job import Beat, Claim, Hold, Job, Outcome
from nacre.jobs.jobs import Jobs, node_of
from nacre.jobs.waiting import wait_for_claim
from nacre.nodes.nodes import Nodes


class NodeQueue:
    """A nacre.jobs.queue.Queue in the process of the control plane. `version` is that of the node's Nacre."""

    def __init__(self, jobs: Jobs, nodes: Nodes, node: str, version: str = __version__) -> None:
        self.jobs = jobs
        self._nodes = nodes
        self._node = node
        self._version = version

    def claim(self, slot: str, kinds: Collection[str], claim_key: str, wait_s: float) -> Claim | None:
        return wait_for_claim(self.jobs, partial(self.ask, slot, kinds, claim_key), claim_key, wait_s)

    def ask(self, slot: str, kinds: Collection[str], claim_key: str) -> Claim | None:
        """As `claim`, without waiting."""
        self._nodes.heard(self._node, self._version)
        if not self._nodes.takes_work(self._node):
            return None
        return self.jobs.claim(f"{self._node}/{slot}", kinds, claim_key)

    def heartbeat(self, hold: Hold) -> Beat:
        self._nodes.heard(self._node, self._version)
        return self.jobs.heartbeat(self._own(hold))

    def log(self, hold: Hold, offset: int, data: bytes) -> int:
        return self.jobs.log(self._own(hold), offset, data)

    def finish(self, hold: Hold, outcome: Outcome) -> Job:
        return self.jobs.finish(self._own(hold), outcome)

    def _own(self, hold: Hold) -> Hold:
        if node_of(hold.runner) != self._node:
            raise Conflict(
                "stale-fence",
                f"Job {hold.job_id} is in the hands of {hold.runner}, which is no runner of {self._node}.",
                hint="Let go of the work.",
            )
        return hold
