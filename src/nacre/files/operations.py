"""The verbs that read files: files ls, stat, cat, history, diff, search, download, archive; and files restore."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Call, Cli, Effect, Header, Stream, operation
from nacre.core.principals import Principal, Role
from nacre.engines.files.archives import Format
from nacre.files import change_operations, upload_operations  # noqa: F401  (declare their verbs)
from nacre.files.comparing import Comparing, FileComparison
from nacre.files.downloads import Disposition, Downloads
from nacre.files.files import Content, Files, FileStatus, FileVersion, Listed, PathsRestored
from nacre.files.searching import Searching, SearchResult, Within

RefField = Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
At = Annotated[str | None, Field(description="A moment of the past (default: now).")]


class ListFiles(Call):
    ref: RefField
    path: Annotated[str, Cli(positional=True), Field(description="A folder of the branch (default: all of it).")] = ""
    at: At = None
    recursive: Annotated[bool, Cli(short="-r"), Field(description="Also what lies in folders below.")] = False
    after: Annotated[str | None, Field(description="Only paths beyond this one, as the last page ended with.")] = None
    limit: Annotated[int | None, Field(ge=1, le=100_000, description="At most this many paths (default: all).")] = None


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


class CompareFile(Call):
    ref: RefField
    path: Annotated[str, Cli(positional=True), Field(description="A path of the branch.")]
    at: Annotated[str, Field(description="The moment to compare with.")]
    until: Annotated[str | None, Field(description="The later moment (default: now).")] = None
    context: Annotated[int, Field(ge=0, le=100, description="Lines shown around each change.")] = 3


class SearchFiles(Call):
    ref: RefField
    text: Annotated[str, Cli(positional=True), Field(min_length=1, max_length=1000, description="What to look for.")]
    path: Annotated[str, Cli(positional=True), Field(description="A folder to look in (default: all of it).")] = ""
    within: Annotated[Within, Field(description="Where to look.")] = "both"
    case: Annotated[bool, Field(description="Upper and lower case differ.")] = False
    word: Annotated[bool, Field(description="Only as a whole word.")] = False
    ignored: Annotated[bool, Field(description="Also in what .gitignore files leave out.")] = False
    limit: Annotated[int, Field(ge=1, le=5000, description="At most this many matches.")] = 500


class DownloadFile(Call):
    ref: RefField
    path: Annotated[str, Cli(positional=True), Field(description="A file of the branch.")]
    at: At = None
    disposition: Annotated[
        Disposition, Field(description="“inline” to show it in a browser, where its type is a safe one.")
    ] = "attachment"
    range: Annotated[str | None, Header("range")] = None


class ArchiveFiles(Call):
    ref: RefField
    path: Annotated[str, Cli(positional=True), Field(description="A folder of the branch (default: all of it).")] = ""
    at: At = None
    format: Annotated[Format, Field(description="The kind of archive.")] = "zip"


class FileList(RootModel[list[Listed]]):
    pass


class Versions(RootModel[list[FileVersion]]):
    pass


@operation("files.ls", "GET /api/projects/{ref}/files", role=Role.VIEWER, effect=Effect.READ)
def list_files(files: Files, who: Principal, call: ListFiles) -> FileList:
    """List what lies in a folder of a branch, now or at a moment."""
    return FileList(
        files.listing(call.ref, call.path, call.at, recursive=call.recursive, after=call.after, limit=call.limit)
    )


@operation("files.stat", "GET /api/projects/{ref}/file/status", role=Role.VIEWER, effect=Effect.READ)
def stat_file(files: Files, who: Principal, call: ReadFile) -> FileStatus:
    """Show what a path is: kind, size, mode, the type of its content and the version to save a change against."""
    return files.status(call.ref, call.path, call.at)


@operation("files.cat", "GET /api/projects/{ref}/file", role=Role.VIEWER, effect=Effect.READ)
def read_file(files: Files, who: Principal, call: ReadFile) -> Content:
    """Show a file of a branch, as it is or as it was at a moment."""
    return files.read(call.ref, call.path, call.at)


@operation("files.history", "GET /api/projects/{ref}/file/history", role=Role.VIEWER, effect=Effect.READ)
def trace_file(files: Files, who: Principal, call: TraceFile) -> Versions:
    """List every kept state of a path, oldest first, disappearances included."""
    return Versions(files.history(call.ref, call.path))


@operation("files.diff", "GET /api/projects/{ref}/file/diff", role=Role.VIEWER, effect=Effect.READ)
def compare_file(comparing: Comparing, who: Principal, call: CompareFile) -> FileComparison:
    """Show what changed in a file since a moment, line by line."""
    return comparing.compare(call.ref, call.path, call.at, call.until, call.context)


@operation("files.search", "GET /api/projects/{ref}/files/search", role=Role.VIEWER, effect=Effect.READ)
def search_files(searching: Searching, who: Principal, call: SearchFiles) -> SearchResult:
    """Find names and lines of text in the files of a branch, as they are now."""
    return searching.search(
        call.ref, call.text, call.path,
        within=call.within, case=call.case, word=call.word, ignored=call.ignored, limit=call.limit,
    )  # fmt: skip


@operation("files.download", "GET /api/projects/{ref}/file/content", role=Role.VIEWER, effect=Effect.READ)
def download_file(downloads: Downloads, who: Principal, call: DownloadFile) -> Stream:
    """Give out a file of any size, as it is or as it was at a moment; over HTTP also a range of it."""
    return downloads.file(call.ref, call.path, call.at, call.range, call.disposition)


@operation("files.archive", "GET /api/projects/{ref}/files/archive", role=Role.VIEWER, effect=Effect.READ)
def archive_files(downloads: Downloads, who: Principal, call: ArchiveFiles) -> Stream:
    """Give out a folder with all below it as one archive, as it is or as it was at a moment."""
    return downloads.archive(call.ref, call.path, call.at, call.format)


@operation("files.restore", "POST /api/projects/{ref}/files/restore", role=Role.USER, effect=Effect.DESTRUCTIVE)
def restore_files(files: Files, who: Principal, call: RestoreFiles) -> PathsRestored:
    """Take files or folders back to a moment; the rest of the branch is not touched.

    The answer names the call that takes it back.
    """
    return files.restore(call.ref, call.path, call.at)
