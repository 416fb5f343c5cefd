"""Jobs as people see them: those of the projects that the caller may touch, and their logs, read or followed."""

import threading
from dataclasses import dataclass

from nacre.core.errors import NotAllowed, NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Principal, Role
from nacre.core.progress import say, unheard
from nacre.jobs.job import Attempt, Job
from nacre.jobs.jobs import Jobs
from nacre.jobs.states import State

_LOOK_EVERY_S = 0.5


class JobDetail(Job):
    """A job with every attempt at it."""

    tries: list[Attempt]


class JobLog(Answer):
    """What a job wrote, as far as it is kept; empty for whoever followed it. `offset` is where to read on."""

    text: str
    offset: int
    over: bool


@dataclass(frozen=True)
class Desk:
    """Called from worker threads."""

    jobs: Jobs

    def listing(
        self, who: Principal, app: str | None, state: State | None, before: int | None, limit: int
    ) -> list[Job]:
        return self.jobs.listing(
            lambda project: _role(who, project) is not None, app=app, state=state, before=before, limit=limit
        )

    def show(self, who: Principal, job_id: int) -> JobDetail:
        job = self._of(who, job_id, Role.VIEWER)
        return JobDetail(**dict(job), tries=self.jobs.attempts(job_id))

    def cancel(self, who: Principal, job_id: int) -> Job:
        self._of(who, job_id, Role.USER)
        return self.jobs.cancel(job_id, str(who))

    def log(self, who: Principal, job_id: int, offset: int) -> JobLog:
        self._of(who, job_id, Role.USER)
        piece = self.jobs.log_since(job_id, offset)
        return JobLog(text=piece.data.decode(errors="replace"), offset=piece.offset, over=piece.over)

    def follow(self, who: Principal, job_id: int, offset: int) -> JobLog:
        """Pass the log on (progress.say) until the job is over or nobody listens."""
        self._of(who, job_id, Role.USER)
        told = threading.Event()
        with self.jobs.changes.heard_by(told.set), self.jobs.logged.heard_by(told.set):
            while True:
                told.clear()
                piece = self.jobs.log_since(job_id, offset)
                offset = piece.offset
                if piece.data:
                    say(piece.data)
                elif piece.over or unheard():
                    return JobLog(text="", offset=offset, over=piece.over)
                else:
                    told.wait(_LOOK_EVERY_S)

    def _of(self, who: Principal, job_id: int, role: Role) -> Job:
        """Raises NotFound "job-not-found", also for who may not know of it, and NotAllowed "not-allowed"."""
        job = self.jobs.get(job_id)
        own = _role(who, job.project)
        if own is None:
            raise NotFound("job-not-found", f"There is no job {job_id}.", hint="`nacre job list` shows them.")
        if own < role:
            raise NotAllowed(
                "not-allowed",
                f"This needs the role {role.word} in “{job.project}”; {who} has {own.word} there.",
                hint=f"An admin of it gives it: `nacre member set {job.project} PERSON --role {role.word}`.",
            )
        return job


def _role(who: Principal, project: str) -> Role | None:
    """The caller's role in what concerns a project as a whole: for the token of a workspace, that is none."""
    return None if who.branch is not None else who.role_in(project)
