"""Repositories: one for each app, PROJECT/APP; and who may do what in one."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from nacre.core.errors import InvalidInput, NotAllowed, NotFound
from nacre.core.principals import Kind, Principal, Role
from nacre.jobs.jobs import Jobs

_NAME = re.compile(r"([a-z][a-z0-9-]{0,38})/([a-z][a-z0-9-]{0,62})")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class Repository:
    project: str
    app: str

    def __str__(self) -> str:
        return f"{self.project}/{self.app}"


@dataclass(frozen=True)
class Fence:
    """A job and the fence of the attempt at it, shown by whoever acts in its name."""

    job_id: int
    fence: int


def parse_repository(name: str) -> Repository:
    """Raises InvalidInput "bad-repository"."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise InvalidInput(
            "bad-repository",
            f"“{name[:200]}” is no repository of this registry.",
            hint="A repository is named PROJECT/APP.",
        )
    return Repository(found[1], found[2])


def parse_tag(text: str) -> str:
    """Raises InvalidInput "bad-tag"."""
    if not _TAG.fullmatch(text):
        raise InvalidInput("bad-tag", f"“{text[:200]}” is no tag.", hint="Use letters, digits, dots and dashes.")
    return text


class Access:
    """`is_project` tells whether there is a project of that name, `runs` whether a node is
    there to run the app of a repository."""

    def __init__(self, jobs: Jobs, is_project: Callable[[str], bool], runs: Callable[[str, Repository], bool]) -> None:
        self._jobs = jobs
        self._is_project = is_project
        self._runs = runs

    def to_pull(self, who: Principal, repository: Repository, fence: Fence | None) -> None:
        """Viewers of the project; nodes that run this app, or have a job of it.

        Raises NotFound "repository-not-found" where the project is none of the caller's business, and as `to_push`
        for nodes.
        """
        if not self._is_project(repository.project):
            raise _unknown(repository)
        if who.kind is Kind.NODE:
            if not self._runs(who.name, repository):
                self._require_job(who, repository, fence)
        elif _role(who, repository) is None:
            raise _unknown(repository)

    def to_push(self, who: Principal, repository: Repository, fence: Fence | None) -> None:
        """Users of the project; and nodes that have a job of the app, as long as they have it.

        Raises NotAllowed "not-allowed", Conflict "stale-fence", NotFound "repository-not-found".
        """
        self.to_pull(who, repository, fence)
        if who.kind is Kind.NODE:
            self._require_job(who, repository, fence)
            return
        if (_role(who, repository) or Role.VIEWER) < Role.USER:
            raise NotAllowed(
                "not-allowed",
                f"Pushing to {repository} needs the role user in “{repository.project}”.",
                hint=f"Ask an admin of “{repository.project}”.",
            )
        if fence is not None:
            self.to_deliver(repository, fence)

    def to_deliver(self, repository: Repository, fence: Fence, node: str | None = None) -> None:
        """Whether this fence has a job of this app now. Raises Conflict "stale-fence", NotAllowed "not-your-job"."""
        job = self._jobs.get(fence.job_id)
        if (job.project, job.app) != (repository.project, repository.app):
            raise NotAllowed("not-your-job", f"Job {fence.job_id} builds another app than {repository}.")
        self._jobs.holds(fence.job_id, fence.fence, node)

    def _require_job(self, who: Principal, repository: Repository, fence: Fence | None) -> None:
        if fence is None:
            raise NotAllowed(
                "not-your-job",
                "A node takes and hands in only what a job of its own needs and makes.",
                hint="X-Nacre-Job and X-Nacre-Fence say which job.",
            )
        self.to_deliver(repository, fence, who.name)


def _role(who: Principal, repository: Repository) -> Role | None:
    """Images are a project's: the token of one branch, as workspaces have, reaches none."""
    return who.role_in(repository.project) if who.branch is None else None


def _unknown(repository: Repository) -> NotFound:
    return NotFound(
        "repository-not-found",
        f"There is no repository {repository}, or you may not see it.",
        hint="`nacre project list` shows the projects; an app's repository is PROJECT/APP.",
    )
