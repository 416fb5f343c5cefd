"""The verbs of projects and branches."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.names import Ref, check_slug
from nacre.core.operations import Answer, Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.history.machine import TimeMachine, Travelled
from nacre.history.operations import MomentField, OfBranch, RefField
from nacre.projects.diff import BranchDiff, Diffing
from nacre.projects.lifecycle import Created, Lifecycle, Removed, Shown
from nacre.projects.preview import Preview, Previewing


class CreateProject(Call):
    name: Annotated[str, Cli(positional=True), Field(description="The name of the new project.")]
    from_git: Annotated[
        str | None,
        Field(
            max_length=2000,
            description="A repository to start from: an https, http or git address that needs no password.",
            examples=["https://example.org/team/shop.git"],
        ),
    ] = None

    def founds(self) -> Iterator[str]:
        yield check_slug(self.name, "project")


class DeleteProject(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="The project; a branch of it is refused.")]


class NoInput(Call):
    pass


class ShownList(RootModel[list[Shown]]):
    pass


class Url(Answer):
    url: str


class CreateBranch(Call):
    ref: Annotated[Ref, Cli(positional=True), Field(description="The branch to carry on from.")]
    name: Annotated[str, Cli(positional=True), Field(description="The name of the new branch.")]
    at: Annotated[str | None, Field(description="A moment of the parent's past; none: now.")] = None


class ResetBranch(Call):
    ref: RefField
    at: Annotated[str | None, Field(description="A moment of the parent's past; none: now.")] = None


class DiffBranches(Call):
    a: Annotated[Ref, Cli(positional=True), Field(description="The branch to compare from.")]
    b: Annotated[Ref, Cli(positional=True), Field(description="The branch to compare with.")]


class PreviewRewind(Call):
    ref: RefField
    moment: MomentField
    tables: Annotated[bool, Field(description="Also compare tables, for which the past is recovered aside.")] = True
    files: Annotated[int, Field(ge=0, le=10_000, description="At most this many paths are named.")] = 1000


@operation("project.create", "POST /api/projects", role=Role.USER, effect=Effect.WRITE, long=True, first_class=True)
def create_project(lifecycle: Lifecycle, who: Principal, call: CreateProject) -> Created:
    """Make a project: an empty Postgres and an empty folder, both with a time machine from the first second.

    With `from_git` the folder has the files of that repository, and the project's own repository its commits.
    """
    return lifecycle.create_project(call.name, who, call.from_git)


@operation(
    "project.list",
    "GET /api/projects",
    role=Role.VIEWER,
    effect=Effect.READ,
    first_class=True,
    scoped_by_handler=True,
)
def list_projects(lifecycle: Lifecycle, who: Principal, call: NoInput) -> ShownList:
    """List the projects that are yours to see, each by its main branch."""
    return ShownList([lifecycle.show(branch, who) for branch in lifecycle.main_branches(who)])


@operation("project.show", "GET /api/projects/{ref}", role=Role.VIEWER, effect=Effect.READ, first_class=True)
def show_project(lifecycle: Lifecycle, who: Principal, call: OfBranch) -> Shown:
    """Show a branch: its state, its folder, its connection string (viewers see none)."""
    return lifecycle.show(lifecycle.branch(call.ref), who)


@operation("project.url", "GET /api/projects/{ref}/url", role=Role.USER, effect=Effect.READ)
def show_url(lifecycle: Lifecycle, who: Principal, call: OfBranch) -> Url:
    """Print the connection string of a branch; it stays the same for the life of the branch."""
    return Url(url=lifecycle.url(call.ref))


@operation("project.delete", "DELETE /api/projects/{ref}", role=Role.ADMIN, effect=Effect.DESTRUCTIVE, long=True)
def delete_project(lifecycle: Lifecycle, who: Principal, call: DeleteProject) -> Removed:
    """Delete a project with all its branches and their history. There is no way back."""
    return lifecycle.delete_project(call.ref)


@operation(
    "branch.create",
    "POST /api/projects/{ref}/branches",
    role=Role.USER,
    effect=Effect.WRITE,
    long=True,
    first_class=True,
)
def create_branch(lifecycle: Lifecycle, who: Principal, call: CreateBranch) -> Created:
    """Branch off a branch, database and files together, from now or from a moment of its past.

    The new branch has a connection string, a folder and a time machine of its own.
    """
    return lifecycle.create_branch(call.ref, call.name, call.at, who)


@operation("branch.list", "GET /api/projects/{ref}/branches", role=Role.VIEWER, effect=Effect.READ)
def list_branches(lifecycle: Lifecycle, who: Principal, call: OfBranch) -> ShownList:
    """List the branches of a project."""
    lifecycle.branch(call.ref)
    return ShownList([lifecycle.show(branch, who) for branch in lifecycle.branches(call.ref.project)])


@operation("branch.delete", "DELETE /api/projects/{ref}/branch", role=Role.USER, effect=Effect.DESTRUCTIVE, long=True)
def delete_branch(lifecycle: Lifecycle, who: Principal, call: OfBranch) -> Removed:
    """Delete a branch with its history. There is no way back."""
    return lifecycle.delete_branch(call.ref)


@operation("branch.reset", "POST /api/projects/{ref}/reset", role=Role.USER, effect=Effect.DESTRUCTIVE, long=True)
def reset_branch(machine: TimeMachine, who: Principal, call: ResetBranch) -> Travelled:
    """Put a branch into the present state of its parent, database and files together. `undo` takes it back."""
    return machine.reset(call.ref, machine.moment(call.at) if call.at else None, who)


@operation("branch.diff", "GET /api/projects/{a}/diff/{b}", role=Role.USER, effect=Effect.READ)
def diff_branches(diffing: Diffing, who: Principal, call: DiffBranches) -> BranchDiff:
    """Compare two branches: files, tables and their columns and indexes, row counts."""
    return diffing.diff(call.a, call.b)


@operation(
    "history.preview", "GET /api/projects/{ref}/history/preview", role=Role.VIEWER, effect=Effect.READ, long=True
)
def preview_rewind(previewing: Previewing, who: Principal, call: PreviewRewind) -> Preview:
    """Show what a rewind to a moment would change, and change nothing: transactions, files, tables and their rows."""
    return previewing.preview(call.ref, call.moment, tables=call.tables, most_files=call.files)
