"""The verbs that change files: files write, mkdir, move, copy, delete, unpack."""

from typing import Annotated

from pydantic import Field

from nacre.core.names import Ref
from nacre.core.operations import Body, Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.files.changing import Changing, Collision, FileWritten
from nacre.files.unpacking import Unpacking
from nacre.files.workbench import PathsChanged

RefField = Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
Paths = Annotated[
    list[str], Cli(positional=True), Field(min_length=1, max_length=1000, description="Files or folders.")
]
CollisionField = Annotated[Collision, Field(description="What to do where something is there already.")]


class WriteFile(Call):
    ref: RefField
    path: Annotated[str, Cli(positional=True), Field(description="The file of the branch.")]
    content: Annotated[bytes, Cli(positional=True), Body(), Field(description="All of its content, at most 16 MiB.")]
    expected: Annotated[
        str | None,
        Field(description="The etag it was opened with, or “absent” for a new file: refused if it is otherwise."),
    ] = None


class MakeFolder(Call):
    ref: RefField
    path: Annotated[str, Cli(positional=True), Field(description="The new folder; those above it are made too.")]


class MoveFiles(Call):
    ref: RefField
    path: Paths
    to: Annotated[str, Field(description="The new name, or the folder to move into.")]
    collision: CollisionField = "refuse"


class UnpackArchive(Call):
    ref: RefField
    path: Annotated[str, Cli(positional=True), Field(description="A zip or tar in the branch.")]
    to: Annotated[str | None, Field(description="The folder to make (default: named like the archive).")] = None
    collision: CollisionField = "refuse"


class DeleteFiles(Call):
    ref: RefField
    path: Paths


@operation("files.write", "PUT /api/projects/{ref}/file", role=Role.USER, effect=Effect.WRITE)
def write_file(changing: Changing, who: Principal, call: WriteFile) -> FileWritten:
    """Save a whole file; with the version it was opened in, nothing is overwritten that somebody else saved.

    It is there whole or not at all, and keeps its mode.
    """
    return changing.write(call.ref, call.path, call.content, call.expected)


@operation("files.mkdir", "POST /api/projects/{ref}/files/folder", role=Role.USER, effect=Effect.WRITE)
def make_folder(changing: Changing, who: Principal, call: MakeFolder) -> PathsChanged:
    """Make a folder, with those above it."""
    return changing.make_folder(call.ref, call.path)


@operation("files.move", "POST /api/projects/{ref}/files/move", role=Role.USER, effect=Effect.WRITE)
def move_files(changing: Changing, who: Principal, call: MoveFiles) -> PathsChanged:
    """Rename a file or folder, or move several into a folder. The answer names the call that takes it back."""
    return changing.move(call.ref, call.path, call.to, call.collision)


@operation("files.copy", "POST /api/projects/{ref}/files/copy", role=Role.USER, effect=Effect.WRITE, long=True)
def copy_files(changing: Changing, who: Principal, call: MoveFiles) -> PathsChanged:
    """Copy files, and folders with all below them. The answer names the call that takes it back."""
    return changing.copy(call.ref, call.path, call.to, call.collision)


@operation("files.delete", "POST /api/projects/{ref}/files/delete", role=Role.USER, effect=Effect.WRITE)
def delete_files(changing: Changing, who: Principal, call: DeleteFiles) -> PathsChanged:
    """Delete files, and folders with all below them. The answer names the call that takes it back."""
    return changing.delete(call.ref, call.path)


@operation("files.unpack", "POST /api/projects/{ref}/files/unpack", role=Role.USER, effect=Effect.WRITE, long=True)
def unpack_archive(unpacking: Unpacking, who: Principal, call: UnpackArchive) -> PathsChanged:
    """Unpack a zip or tar of the branch into a folder: all of it, or nothing where any of it would go elsewhere."""
    return unpacking.unpack(call.ref, call.path, call.to, call.collision)
