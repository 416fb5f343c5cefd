"""Names the present: one barrier over database and files, one entry in the log."""

import uuid

from nacre.branches.catalog import Branch, Catalog
from nacre.core.clock import from_ns, to_ns
from nacre.core.principals import Principal
from nacre.core.procedures import State, Step
from nacre.history.barrier import Barrier
from nacre.history.logbook import Entry, Logbook


class Checkpointing:
    """The procedure; `begin` makes the state it starts from. As it goes it adds: instant, number."""

    kind = "checkpoint"
    commit = "record"
    removes = False

    def __init__(self, catalog: Catalog, barrier: Barrier, logbook: Logbook) -> None:
        self._catalog = catalog
        self._barrier = barrier
        self._logbook = logbook

    @staticmethod
    def begin(branch: Branch, label: str | None, who: Principal) -> State:
        return {
            "run": uuid.uuid4().hex,
            "refs": [str(branch.ref)],
            "branch_id": branch.id,
            "label": label,
            "who": str(who),
        }

    def steps(self) -> tuple[Step, ...]:
        return (Step("barrier", self._take), Step("record", self._record, self._strike))

    def _take(self, state: State) -> None:
        instant = self._barrier.take(self._catalog.branch_by_id(state["branch_id"]))
        state["time_ns"] = to_ns(instant.time)
        state["generation_id"] = instant.generation_id
        state["lsn"] = instant.lsn
        state["files_seq"] = instant.files_seq
        state["settled_by"] = instant.settled_by

    def _record(self, state: State) -> None:
        branch = self._catalog.branch_by_id(state["branch_id"])
        entry = Entry(
            number=0,
            branch_id=branch.id,
            kind="checkpoint",
            time=from_ns(state["time_ns"]),
            label=state["label"],
            who=state["who"],
            generation_id=state["generation_id"],
            lsn=state["lsn"],
            files_seq=state["files_seq"],
            detail={"run": state["run"], "settled_by": state["settled_by"]},
        )
        state["number"] = self._logbook.add_once(branch, entry)

    def _strike(self, state: State) -> None:
        with self._catalog.store.write() as connection:
            self._logbook.strike(connection, state["branch_id"], state["run"])
