"""The job: whether the newest release was built, or how its build stands."""

from typing import ClassVar

from nacre.jobs.states import State
from nacre.publishing.releases import Release
from nacre.publishing.trouble.case import Case
from nacre.publishing.trouble.step import Step, Verdict, fine, unknown, wrong


class Job(Step):
    place: ClassVar[int] = 6

    def look(self, case: Case) -> Verdict:
        newest = case.newest
        if newest is None:
            return unknown("There was nothing to build.")
        if newest.phase == "failed":
            return _failed(case.app.slug, newest)
        if newest.job_id is None:
            return fine(f"Release {newest.number} took over an image, and needed no build.")
        job = case.parts.jobs.get(newest.job_id)
        if job.state in (State.FAILED, State.DEAD):
            said = job.error.message if job.error else job.why
            return wrong(
                f"Job {job.id}, the build of release {newest.number}, failed: {said}",
                (job.error.hint if job.error else "") or f"`nacre job logs {job.id}` has what it wrote.",
            )
        if job.state.final:
            return fine(f"Job {job.id}, the build of release {newest.number}, is {job.state}.")
        waited_s = (case.parts.clock() - job.submitted_at).total_seconds()
        return fine(f"Job {job.id}, the build of release {newest.number}, is {job.state} since {waited_s:.0f} s.")


def _failed(slug: str, newest: Release) -> Verdict:
    return wrong(
        f"Release {newest.number} did not become live; it failed while {newest.failed_in}: {newest.error_message}",
        newest.error_hint or f"`nacre release show {slug} {newest.number}` has its log.",
    )
