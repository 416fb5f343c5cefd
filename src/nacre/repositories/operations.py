"""The verbs of git: status, commit, log, diff, revert, update."""

from typing import Annotated

from pydantic import Field

from nacre.core.names import Ref
from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.repositories.committing import Committed, Committing, Reverted, Updated
from nacre.repositories.looking import GitDiff, GitLog, GitStatus, Looking

RefField = Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
Revision = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^-\s][^\s]*$", examples=["main", "1a2b3c4d"])]


class OfBranch(Call):
    ref: RefField


class MakeCommit(Call):
    ref: RefField
    message: Annotated[
        str,
        Cli(short="-m"),
        Field(min_length=1, max_length=20_000, description="What was changed, and why.", examples=["Fix the total"]),
    ]
    paths: Annotated[
        list[str], Field(max_length=1000, description="Only these files or folders (default: all that changed).")
    ] = []  # noqa: RUF012 - pydantic copies it


class ShowLog(Call):
    ref: RefField
    start: Annotated[
        Revision | None, Field(description="A commit, branch or tag to begin at (default: the branch's newest commit).")
    ] = None
    limit: Annotated[int, Field(ge=1, le=1000, description="At most this many commits.")] = 30
    skip: Annotated[int, Field(ge=0, le=1_000_000, description="Leave out this many of the newest.")] = 0


class ShowDiff(Call):
    ref: RefField
    base: Annotated[
        Revision | None,
        Field(description="The commit to compare from (default: the one the files are at, or the one before `to`)."),
    ] = None
    to: Annotated[Revision | None, Field(description="The commit to compare with (default: the files).")] = None
    paths: Annotated[list[str], Field(max_length=1000, description="Only these files or folders.")] = []  # noqa: RUF012
    limit_bytes: Annotated[
        int, Field(ge=1000, le=8_000_000, description="The patch is cut off after so many bytes.")
    ] = 400_000


class RevertCommit(Call):
    ref: RefField
    commit: Annotated[Revision, Cli(positional=True), Field(description="The commit to take back.")]


class UpdateFiles(Call):
    ref: RefField
    discard: Annotated[
        bool, Field(description="Give up changes of committed files, and whatever else is in the way.")
    ] = False


@operation("git.status", "GET /api/projects/{ref}/git", role=Role.VIEWER, effect=Effect.READ)
def show_status(looking: Looking, who: Principal, call: OfBranch) -> GitStatus:
    """Show what has changed in the files since the last commit, and the address to clone the project from.

    What .gitignore leaves out does not count, nor does a `.git` among the files, which is the person's own.
    """
    return looking.status(call.ref)


@operation("git.commit", "POST /api/projects/{ref}/git/commits", role=Role.USER, effect=Effect.WRITE, long=True)
def make_commit(committing: Committing, who: Principal, call: MakeCommit) -> Committed:
    """Commit what has changed in the files of a branch to the project's repository, in the caller's name."""
    return committing.commit(call.ref, call.message, call.paths, who)


@operation("git.log", "GET /api/projects/{ref}/git/commits", role=Role.VIEWER, effect=Effect.READ)
def show_log(looking: Looking, who: Principal, call: ShowLog) -> GitLog:
    """List the commits of a branch, newest first."""
    return looking.log(who, call.ref, call.start, call.limit, call.skip)


@operation("git.diff", "GET /api/projects/{ref}/git/diff", role=Role.VIEWER, effect=Effect.READ)
def show_diff(looking: Looking, who: Principal, call: ShowDiff) -> GitDiff:
    """Show how the files differ from the last commit, or one commit from another."""
    return looking.diff(who, call.ref, call.base, call.to, call.paths, call.limit_bytes)


@operation("git.revert", "POST /api/projects/{ref}/git/revert", role=Role.USER, effect=Effect.WRITE, long=True)
def revert_commit(committing: Committing, who: Principal, call: RevertCommit) -> Reverted:
    """Take one commit back by a new one, in the files and in the repository.

    Refused, with nothing changed, where later commits or uncommitted changes touch the same.
    """
    return committing.revert(call.ref, call.commit, who)


@operation("git.update", "POST /api/projects/{ref}/git/update", role=Role.USER, effect=Effect.WRITE, long=True)
def update_files(committing: Committing, who: Principal, call: UpdateFiles) -> Updated:
    """Bring the files to the branch's newest commit, after a push that left them as they were.

    Changes that are not in the way are kept; where some are, nothing is changed unless they are to be discarded.
    """
    return committing.update(call.ref, discard=call.discard)
