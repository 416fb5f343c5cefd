"""The sources of a collection in a backup. Restored they are paused, and read as whoever resumes them.

What they name may be something else by then, and whoever restores them need not be one who may read it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from sqlalchemy import Connection, select

from nacre.core.principals import Principal
from nacre.knowledge.ingestion.askers import kept
from nacre.knowledge.sources import book
from nacre.knowledge.sources.book import PAUSED, Seen
from nacre.knowledge.sources.folder import Folder
from nacre.knowledge.sources.item import Settings
from nacre.knowledge.sources.project import Files
from nacre.knowledge.sources.table import Rows
from nacre.knowledge.sources.url import Site
from nacre.knowledge.tables import source_items, sources

_SETTINGS: dict[str, type[Settings]] = {"folder": Folder, "url": Site, "project": Files, "table": Rows}


class Packed(BaseModel):
    """One source, with what is known of its documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,38}$")]
    kind: Literal["folder", "url", "project", "table"]
    settings: dict[str, JsonValue]
    most: Annotated[int, Field(ge=1)]
    every_s: Annotated[float, Field(gt=0)] | None
    added_by: str
    added_at: datetime
    items: list[Seen]

    @model_validator(mode="after")
    def _settings_are_of_its_kind(self) -> Self:
        _SETTINGS[self.kind].model_validate(self.settings)
        return self


def pack(connection: Connection, collection_id: int) -> Iterator[Packed]:
    for row in connection.execute(select(sources).where(sources.c.collection_id == collection_id)).all():
        items = connection.execute(select(source_items).where(source_items.c.source_id == row.id))
        yield Packed(
            name=row.name, kind=row.kind, settings=row.settings, most=row.most, every_s=row.every_s,
            added_by=row.added_by, added_at=row.added_at,
            items=[Seen(one.name, one.fingerprint, one.code, one.why) for one in items],
        )  # fmt: skip


def unpack(connection: Connection, collection_id: int, who: Principal, source: Packed) -> None:
    number = book.add(
        connection, collection_id=collection_id, name=source.name, kind=source.kind, settings=source.settings,
        branch_id=None, most=source.most, every_s=source.every_s, memory={}, asker=kept(who), added_by=str(who),
        added_at=source.added_at, state=PAUSED,
    )  # fmt: skip
    book.note(connection, number, source.items)
