"""The verbs of uploads: upload begin, append, status, list, finish, cancel."""

from typing import Annotated

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Body, Call, Cli, Effect, operation
from nacre.core.principals import Principal, Role
from nacre.files.changing import Collision
from nacre.files.uploads import FileUploaded, Upload, UploadCancelled, Uploads

RefField = Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]
IdField = Annotated[str, Cli(positional=True), Field(description="The upload, as `upload begin` named it.")]
Offset = Annotated[int, Field(ge=0, lt=1 << 62, description="Where in the file the piece begins, in bytes.")]


class BeginUpload(Call):
    ref: RefField
    path: Annotated[str, Cli(positional=True), Field(description="Where in the branch the file is to be.")]
    size_bytes: Annotated[int, Field(ge=0, lt=1 << 62, description="How large it is.")]
    media_type: Annotated[str, Field(max_length=200, description="What it is said to be, such as image/png.")] = ""
    sha256: Annotated[str | None, Field(pattern="^[0-9a-fA-F]{64}$", description="Its SHA-256, in hex.")] = None
    blake3: Annotated[str | None, Field(pattern="^[0-9a-fA-F]{64}$", description="Its BLAKE3, in hex.")] = None
    collision: Annotated[Collision, Field(description="What to do where something is there already.")] = "refuse"


class AppendUpload(Call):
    ref: RefField
    id: IdField
    offset: Offset
    content: Annotated[bytes, Body(), Cli(positional=True), Field(description="The piece, at most 16 MiB.")]


class OfUpload(Call):
    ref: RefField
    id: IdField


class FinishUpload(OfUpload):
    collision: Annotated[
        Collision | None, Field(description="Decides anew what to do where something is there already.")
    ] = None


class ListUploads(Call):
    ref: RefField


class UploadList(RootModel[list[Upload]]):
    pass


@operation("upload.begin", "POST /api/projects/{ref}/uploads", role=Role.USER, effect=Effect.WRITE)
def begin_upload(uploads: Uploads, who: Principal, call: BeginUpload) -> Upload:
    """Announce a file that will be sent in pieces. What is not finished within a day is forgotten."""
    return uploads.begin(
        who, call.ref, call.path, call.size_bytes, call.media_type, call.sha256, call.blake3, call.collision
    )


@operation("upload.append", "PUT /api/projects/{ref}/uploads/{id}", role=Role.USER, effect=Effect.WRITE)
def append_upload(uploads: Uploads, who: Principal, call: AppendUpload) -> Upload:
    """Send the next piece of an upload; one that arrived already may be sent again."""
    return uploads.append(who, call.ref, call.id, call.offset, call.content)


@operation("upload.status", "GET /api/projects/{ref}/uploads/{id}", role=Role.USER, effect=Effect.READ)
def show_upload(uploads: Uploads, who: Principal, call: OfUpload) -> Upload:
    """Show how much of an upload arrived, and so where to go on."""
    return uploads.status(who, call.ref, call.id)


@operation("upload.list", "GET /api/projects/{ref}/uploads", role=Role.USER, effect=Effect.READ)
def list_uploads(uploads: Uploads, who: Principal, call: ListUploads) -> UploadList:
    """List the uploads you have under way to a branch."""
    return UploadList(uploads.listing(who, call.ref))


@operation(
    "upload.finish", "POST /api/projects/{ref}/uploads/{id}/finish", role=Role.USER, effect=Effect.WRITE, long=True
)
def finish_upload(uploads: Uploads, who: Principal, call: FinishUpload) -> FileUploaded:
    """Check an upload that arrived whole, and put it in its place.

    Its content must be of the kind that its name and type claim; files that are two kinds at once are refused.
    """
    return uploads.finish(who, call.ref, call.id, call.collision)


@operation("upload.cancel", "DELETE /api/projects/{ref}/uploads/{id}", role=Role.USER, effect=Effect.WRITE)
def cancel_upload(uploads: Uploads, who: Principal, call: OfUpload) -> UploadCancelled:
    """Forget an upload and what arrived of it."""
    return uploads.cancel(who, call.ref, call.id)
