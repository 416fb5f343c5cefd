"""The verbs that take collections elsewhere and back: knowledge backup and restore."""

from typing import Annotated

from pydantic import Field, model_validator

from nacre.core.names import Ref
from nacre.core.operations import Body, Call, Cli, Effect, Stream, operation
from nacre.core.principals import Principal, Role
from nacre.core.spools import Spool
from nacre.knowledge.backups import Backups, Restored, Wanted


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
