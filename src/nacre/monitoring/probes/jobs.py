"""The queue of jobs."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

from nacre.jobs.jobs import Jobs
from nacre.jobs.states import State
from nacre.monitoring.measures.jobs import JOBS
from nacre.monitoring.measures.measure import Kind


@dataclass(frozen=True)
class OfJobs:
    jobs: Jobs
    kind: Kind = JOBS

    def look(self) -> Iterator[tuple[str, Sequence[float]]]:
        load, ended = self.jobs.load(), self.jobs.ended
        over = (State.DONE, State.FAILED, State.DEAD, State.CANCELLED)
        yield (
            "",
            (
                *astuple(load),
                *(float(ended[state]) for state in over),
            ),
        )
