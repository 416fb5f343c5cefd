"""The phase “building”: a job that makes the image, its log passed on; found again when the daemon is started anew."""

import threading
from typing import Any

from nacre.core.errors import Conflict
from nacre.images.images import Images
from nacre.jobs.job import Job
from nacre.jobs.jobs import Jobs
from nacre.jobs.states import State
from nacre.publishing.apps import App
from nacre.publishing.driver import Cancelled, Interrupted
from nacre.publishing.logs import Logs
from nacre.publishing.releases import Release, Releases

KIND = "build"
_LOOK_EVERY_S = 0.1
_STANDS = "Nothing was changed; publish again when you like."


class Building:
    def __init__(self, jobs: Jobs, images: Images, releases: Releases, logs: Logs, stopping: threading.Event) -> None:
        self._jobs = jobs
        self._images = images
        self._releases = releases
        self._logs = logs
        self._stopping = stopping

    def __call__(self, app: App, release: Release) -> Release:
        """Raises what the build failed with; Cancelled, when somebody cancelled its job."""
        self._logs.begin(release)
        job = self._jobs.submit(KIND, app.slug, payload(app, release), key=f"release {app.id}/{release.number}")
        release = self._releases.note(release, job_id=job.id)
        job = self._follow(release, job)
        match job.state:
            case State.DONE:
                result = job.result or {}
                self._images.tag(repository(app), release.number, result["digest"])
                return self._releases.note(release, digest=result["digest"], run=result["run"])
            case State.CANCELLED:
                raise Cancelled("publish-cancelled", f"Publishing was cancelled: {job.why}.", hint=_STANDS)
        error = job.error
        if error is None:
            raise Conflict("build-failed", f"The build came to no end: {job.why}.", hint=f"`nacre job show {job.id}`.")
        raise Conflict(error.code, error.message, hint=error.hint)

    def _follow(self, release: Release, job: Job) -> Job:
        offset = 0
        while True:
            job = self._jobs.wait(job.id, _LOOK_EVERY_S)
            while (piece := self._jobs.log_since(job.id, offset)).data:
                offset = piece.offset
                self._logs.write(release, piece.data)
            if job.state.final:
                return job
            if self._stopping.is_set():
                raise Interrupted


def repository(app: App) -> str:
    """Where the app's images are in the registry."""
    return f"{app.project}/{app.slug}"


def payload(app: App, release: Release) -> dict[str, Any]:
    """What the job is told."""
    return {
        "project": app.project,
        "app": app.slug,
        "release": release.number,
        "source": dict(release.source),
        "labels": {
            "dev.nacre.project": app.project,
            "dev.nacre.app": app.slug,
            **_point(release),
        },
    }


def _point(release: Release) -> dict[str, str]:
    """What was built, as the image's labels say it."""
    if release.source["kind"] == "commit":
        return {"dev.nacre.commit": str(release.source["sha"])}
    return {"dev.nacre.branch": release.branch, "dev.nacre.checkpoint": str(release.source["number"])}
