"""The verbs of files: files ls, cat, history, restore."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.files.files import Content, Files, FileVersion, Listed, PathsRestored

RefField = Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
At = Annotated[str | None, Field(description="A moment of the past (default: now).")]


class ListFiles(Call):
    ref: RefField
    path: Annotated[str, Cli(positional=True), Field(description="A folder of the branch (default: all of it).")] = ""
    at: At = None
    recursive: Annotated[bool, Cli(short="-r"), Field(description="Also what lies in folders below.")] = False


class ReadFile(Call):
    ref: RefField
    path: Annotated[str, Cli(positional=True), Field(description="A file of the branch.")]
    at: At = None


class TraceFile(Call):
    ref: RefField
    path: Annotated[str, Cli(positional=True), Field(description="A path of the branch.")]


class RestoreFiles(Call):
    ref: RefField
    path: Annotated[list[str], Cli(positional=True), Field(min_length=1, description="Files or folders.")]
    at: Annotated[str, Field(description="The moment to take them back to.")]


class FileList(RootModel[list[Listed]]):
    pass


class Versions(RootModel[list[FileVersion]]):
    pass


@operation("files.ls", "GET /api/projects/{ref}/files", role=Role.VIEWER, effect=Effect.READ)
def list_files(files: Files, who: Principal, call: ListFiles) -> FileList:
    """List what lies in a folder of a branch, now or at a moment."""
    return FileList(files.listing(call.ref, call.path, call.at, recursive=call.recursive))


@operation("files.cat", "GET /api/projects/{ref}/file", role=Role.VIEWER, effect=Effect.READ)
def read_file(files: Files, who: Principal, call: ReadFile) -> Content:
    """Show a file of a branch, as it is or as it was at a moment."""
    return files.read(call.ref, call.path, call.at)


@operation("files.history", "GET /api/projects/{ref}/file/history", role=Role.VIEWER, effect=Effect.READ)
def trace_file(files: Files, who: Principal, call: TraceFile) -> Versions:
    """List every kept state of a path, oldest first, disappearances included."""
    return Versions(files.history(call.ref, call.path))


@operation("files.restore", "POST /api/projects/{ref}/files/restore", role=Role.USER, effect=Effect.DESTRUCTIVE)
def restore_files(files: Files, who: Principal, call: RestoreFiles) -> PathsRestored:
    """Take files or folders back to a moment; the rest of the branch is not touched.

    The answer names the call that takes it back.
    """
    return files.restore(call.ref, call.path, call.at)
