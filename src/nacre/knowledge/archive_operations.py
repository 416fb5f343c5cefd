"""The verbs that take collections elsewhere and back: knowledge backup, restore, export and import."""

from typing import Annotated

from pydantic import Field, model_validator

from nacre.core.names import Ref
from nacre.core.operations import Body, Call, Cli, Effect, Stream, operation
from nacre.core.principals import Principal, Role
from nacre.core.spools import Spool
from nacre.engines.interchange.interchange import Format
from nacre.knowledge.backups import Backups, Restored, Wanted
from nacre.knowledge.exporting import Exporting
from nacre.knowledge.importing import Imported, Importing

Name = Annotated[
    str, Cli(positional=True), Field(min_length=1, max_length=60, description="A collection.", examples=["handbook"])
]


class BackUp(Call):
    collection: Annotated[
        list[str], Cli(positional=True), Field(description="Collections (none named: all that you may read).")
    ] = []  # noqa: RUF012


class Restore(Call):
    file: Annotated[Spool, Body(), Cli(positional=True), Field(description="A backup.")]
    collection: Annotated[
        list[str], Cli(short="-c"), Field(description="Only these of it (none named: all that are in it).")
    ] = []  # noqa: RUF012
    as_: Annotated[
        str | None, Field(max_length=60, description="Under this name: of one collection.", examples=["handbook-old"])
    ] = None
    replace: bool = Field(False, description="In place of the collection of that name, which serves until then.")
    project: Annotated[Ref | None, Cli(short="-p"), Field(description="Whose it is to be, whosever it was.")] = None
    private: bool = Field(False, description="It is to be your own, whosever it was.")

    @model_validator(mode="after")
    def _one_of_two(self) -> "Restore":
        if self.project is not None and self.private:
            raise ValueError("it is either a project's or private")
        return self


class Export(Call):
    collection: Name
    format: Annotated[Format, Field(description="What kind of file.")] = "jsonl"


class Import(Call):
    collection: Name
    file: Annotated[
        Spool, Body(), Cli(positional=True), Field(description="JSONL or Parquet, which its beginning tells.")
    ]
    embed: bool = Field(False, description="Make the vectors anew from the texts, whatever the file brings along.")


@operation(
    "knowledge.export", "GET /api/knowledge/collections/{collection}/export", role=Role.VIEWER, effect=Effect.READ,
    scoped_by_handler=True,
)  # fmt: skip
def export(exporting: Exporting, who: Principal, call: Export) -> Stream:
    """Give out a collection as a file that other programs read: a line or row for each passage, with its vector."""
    return exporting.export(who, call.collection, call.format)


@operation(
    "knowledge.import", "POST /api/knowledge/collections/{collection}/import", role=Role.USER, effect=Effect.WRITE,
    long=True, scoped_by_handler=True,
)  # fmt: skip
def import_(importing: Importing, who: Principal, call: Import) -> Imported:
    """Add a file of passages to a collection: one that was exported, or documents as other programs write them.

    Vectors of the collection's model are taken over as they are. Of others' files each line or row has a text or
    content, and may have a name, id or title, metadata and a vector or embedding; what else it has is metadata too.
    """
    return importing.import_(who, call.collection, call.file, call.embed)


@operation(
    "knowledge.backup", "GET /api/knowledge/backup", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True
)
def back_up(backups: Backups, who: Principal, call: BackUp) -> Stream:
    """Give out collections as one archive: settings, documents, passages and vectors, all of one moment.

    Adding and searching go on meanwhile.
    """
    return backups.back_up(who, call.collection)


@operation(
    "knowledge.restore", "POST /api/knowledge/restore", role=Role.USER, effect=Effect.WRITE, long=True,
    scoped_by_handler=True,
)  # fmt: skip
def restore(backups: Backups, who: Principal, call: Restore) -> Restored:
    """Put the collections of a backup back: each whole or not at all, and nothing of one that is damaged.

    They are found as they were, with the same scores. One that is there is only replaced where that is said, and serves
    until the other is in its place.
    """
    project = None if call.project is None else call.project.project
    return backups.restore(who, call.file, Wanted(call.collection, call.as_, call.replace, project, call.private))
