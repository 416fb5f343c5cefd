"""The verbs of jobs: job list, show, cancel, logs."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.jobs.desk import Desk, JobDetail, JobLog
from nacre.jobs.job import Job
from nacre.jobs.states import State

IdField = Annotated[int, Cli(positional=True), Field(ge=1, le=2**53, description="Its number in `job list`.")]


class ListJobs(Call):
    app: str | None = Field(None, max_length=39, description="Those of this app alone.")
    state: State | None = Field(None, description="Those in this state alone.")
    limit: int = Field(20, ge=1, le=500, description="How many to show, the newest first.")
    before: int | None = Field(None, ge=1, le=2**53, description="Only jobs older than this one, for the next page.")


class OfJob(Call):
    id: IdField


class ReadLog(Call):
    id: IdField
    follow: Annotated[bool, Cli(short="-f"), Field(description="Go on with what is written, until it is over.")] = False
    offset: int = Field(0, ge=0, le=2**53, description="The byte to begin at.")


class JobList(RootModel[list[Job]]):
    pass


@operation("job.list", "GET /api/jobs", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def list_jobs(desk: Desk, who: Principal, call: ListJobs) -> JobList:
    """List the jobs of your projects, such as builds: how each stands, why, and who has it in hand."""
    return JobList(desk.listing(who, call.app, call.state, call.before, call.limit))


@operation("job.show", "GET /api/jobs/{id}", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def show_job(desk: Desk, who: Principal, call: OfJob) -> JobDetail:
    """Show a job: how it stands and why, its result, and every attempt at it."""
    return desk.show(who, call.id)


@operation("job.cancel", "POST /api/jobs/{id}/cancel", role=Role.VIEWER, effect=Effect.WRITE, scoped_by_handler=True)
def cancel_job(desk: Desk, who: Principal, call: OfJob) -> Job:
    """Cancel a job that waits or runs; whoever has it in hand leaves off within seconds.

    You need the role user in its project.
    """
    return desk.cancel(who, call.id)


@operation(
    "job.logs", "GET /api/jobs/{id}/logs", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True, speaks=True
)
def read_log(desk: Desk, who: Principal, call: ReadLog) -> JobLog:
    """Show what a job wrote; `--follow` goes on until it is over.

    You need the role user in its project. Over HTTP a follower asks for `text/event-stream` and gets `output` events.
    """
    return desk.follow(who, call.id, call.offset) if call.follow else desk.log(who, call.id, call.offset)
