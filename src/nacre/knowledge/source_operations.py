"""The verbs of sources: knowledge source folder, url, project, table; list, show, sync, pause, resume, remove."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, RootModel

from nacre.core.names import Ref
from nacre.core.operations import Call, Cli, Effect, Private, operation
from nacre.core.principals import Principal, Role
from nacre.knowledge.sources.folder import Folder
from nacre.knowledge.sources.project import Files
from nacre.knowledge.sources.sources import Plan, Source, SourceRemoved, Sources, WholeSource
from nacre.knowledge.sources.syncing import Synced
from nacre.knowledge.sources.table import Rows
from nacre.knowledge.sources.url import Site

_BASE = "/api/knowledge/collections/{collection}/sources"
CollectionName = Annotated[
    str,
    Cli(positional=True),
    Field(min_length=1, max_length=60, description="A collection.", examples=["handbook"]),
]
SourceName = Annotated[
    str,
    Cli(positional=True),
    Field(min_length=1, max_length=60, description="A source of it.", examples=["docs"]),
]
Called = Annotated[
    str | None,
    Field(max_length=60, description="What it is called; its documents are NAME/… (default: after what it is)."),
]
Match = Annotated[
    list[str],
    Field(max_length=50, description="Only these files, as in a .gitignore: `*.md`, `docs/**`; `!drafts/**` not."),
]
Most = Annotated[int, Field(ge=1, le=100_000, description="At most so many documents; the rest is left out.")]
EveryMinutes = Annotated[
    float | None, Field(ge=1, le=525_600, description="How often it is looked at, in minutes (default: by its kind).")
]
RefField = Annotated[Ref, Cli(positional=True), Field(description="A branch: `shop` (its main) or `shop:try-x`.")]


class AddFolder(Call):
    collection: CollectionName
    path: Annotated[
        Path, Cli(positional=True), Field(description="A folder of this machine.", examples=["/srv/handbook"])
    ]
    name: Called = None
    match: Match = Field(default=[])
    most: Most = 10_000
    every_minutes: EveryMinutes = None


class AddUrl(Call):
    collection: CollectionName
    url: Annotated[
        str,
        Cli(positional=True),
        Field(
            min_length=1,
            max_length=2000,
            description="A page, where a site begins, or a sitemap.",
            examples=["https://example.org/docs/"],
        ),
    ]
    depth: Annotated[
        int, Field(ge=0, le=20, description="Follow links so far, and what the site's sitemap names (0: this page).")
    ] = 0
    below: Annotated[
        str | None, Field(max_length=2000, description="What addresses must begin with (default: the page's folder).")
    ] = None
    name: Called = None
    most: Annotated[int, Field(ge=1, le=5000, description="At most so many pages; the rest is left out.")] = 200
    every_minutes: EveryMinutes = None


class AddProject(Call):
    collection: CollectionName
    ref: RefField
    under: Annotated[str, Field(max_length=1000, description="Only what is in this folder of it.")] = ""
    name: Called = None
    match: Match = Field(default=[])
    most: Most = 10_000


class AddTable(Call):
    collection: CollectionName
    ref: RefField
    table: Annotated[
        str | None, Field(max_length=300, description="A table: articles, sales.orders.", examples=["articles"])
    ] = None
    query: Annotated[
        str | None, Private(), Field(max_length=20_000, description="Or a query, whose rows are read.")
    ] = None
    key: Annotated[str, Field(max_length=63, description="The column that tells rows apart.", examples=["id"])]
    text: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=50,
            description="The columns that are its text; a short first one of several is its heading.",
            examples=[["title", "body"]],
        ),
    ]
    metadata: Annotated[list[str], Field(max_length=50, description="Columns that searches can be filtered by.")] = (
        Field(default=[])
    )
    updated_at: Annotated[
        str | None, Field(max_length=63, description="A column that changes with the row: only then it is read.")
    ] = None
    database: Annotated[str | None, Cli(short="-d"), Field(description="The database (default: the project's).")] = None
    name: Called = None
    most: Most = 10_000
    every_minutes: EveryMinutes = None


class OfCollection(Call):
    collection: CollectionName


class OfSource(Call):
    collection: CollectionName
    source: SourceName


class RemoveSource(Call):
    collection: CollectionName
    source: SourceName
    keep: bool = Field(False, description="Keep its documents, which nothing keeps in step any more.")


class SourceList(RootModel[list[Source]]):
    """By their names."""


@operation(
    "knowledge.source.folder", f"POST {_BASE}/folder", role=Role.ADMIN, effect=Effect.WRITE, scoped_by_handler=True
)
def add_folder(sources: Sources, who: Principal, call: AddFolder) -> Source:
    """Keep a collection in step with a folder of this machine.

    It is looked at again every ten minutes. Hidden files and what links lead to are left out. Admins other than the
    owner have only that read which every account of the machine may.
    """
    settings = Folder(path=call.path, match=tuple(call.match))
    plan = Plan("folder", settings, call.name, call.path.name, call.most, _seconds(call.every_minutes))
    return sources.add(who, call.collection, plan)


@operation("knowledge.source.url", f"POST {_BASE}/url", role=Role.USER, effect=Effect.WRITE, scoped_by_handler=True)
def add_url(sources: Sources, who: Principal, call: AddUrl) -> Source:
    """Keep a collection in step with a page of the web, or the site below it.

    It is looked at again every day. The site's robots.txt is heeded, and what is unchanged is not fetched again. Only
    public addresses are fetched, and those of `knowledge_private_hosts` in nacre.toml.
    """
    settings = Site(url=call.url, below=call.below, depth=call.depth)
    plan = Plan("url", settings, call.name, _host(call.url), call.most, _seconds(call.every_minutes))
    return sources.add(who, call.collection, plan)


@operation("knowledge.source.project", f"POST {_BASE}/project", role=Role.USER, effect=Effect.WRITE)
def add_project(sources: Sources, who: Principal, call: AddProject) -> Source:
    """Keep a collection in step with the files of a branch.

    It follows change by change, and a rewind takes it back with them. Hidden files, node_modules and what is no text
    nor document are left out.
    """
    settings = Files(ref=call.ref, under=call.under, match=tuple(call.match))
    return sources.add(who, call.collection, Plan("project", settings, call.name, str(call.ref), call.most, None))


@operation("knowledge.source.table", f"POST {_BASE}/table", role=Role.USER, effect=Effect.WRITE)
def add_table(sources: Sources, who: Principal, call: AddTable) -> Source:
    """Keep a collection in step with a table or a query of a branch's database.

    Each row is a document. It is looked at again every ten minutes, and read only.
    """
    settings = Rows(
        ref=call.ref, database=call.database, table=call.table, query=call.query, key=call.key,
        text=tuple(call.text), metadata=tuple(call.metadata), updated_at=call.updated_at,
    )  # fmt: skip
    called = call.table or f"{call.ref}"
    plan = Plan("table", settings, call.name, called, call.most, _seconds(call.every_minutes))
    return sources.add(who, call.collection, plan)


@operation("knowledge.source.list", f"GET {_BASE}", role=Role.USER, effect=Effect.READ, scoped_by_handler=True)
def list_sources(sources: Sources, who: Principal, call: OfCollection) -> SourceList:
    """List what a collection is kept in step with, and how that goes."""
    return SourceList(sources.listing(who, call.collection))


@operation(
    "knowledge.source.show", f"GET {_BASE}/{{source}}", role=Role.USER, effect=Effect.READ, scoped_by_handler=True
)
def show_source(sources: Sources, who: Principal, call: OfSource) -> WholeSource:
    """Show a source, and which of its documents could not be taken, and why."""
    return sources.show(who, call.collection, call.source)


@operation(
    "knowledge.source.sync", f"POST {_BASE}/{{source}}/sync", role=Role.USER, effect=Effect.WRITE, long=True,
    scoped_by_handler=True,
)  # fmt: skip
def sync_source(sources: Sources, who: Principal, call: OfSource) -> Synced:
    """Look at a source now.

    What changed is put in the queue, and what is gone is removed. Where not all of it can be seen, nothing counts as
    gone.
    """
    return sources.sync(who, call.collection, call.source)


@operation(
    "knowledge.source.pause", f"POST {_BASE}/{{source}}/pause", role=Role.USER, effect=Effect.WRITE,
    scoped_by_handler=True,
)  # fmt: skip
def pause_source(sources: Sources, who: Principal, call: OfSource) -> Source:
    """Leave a collection as it is, whatever becomes of the source."""
    return sources.pause(who, call.collection, call.source)


@operation(
    "knowledge.source.resume", f"POST {_BASE}/{{source}}/resume", role=Role.USER, effect=Effect.WRITE,
    scoped_by_handler=True,
)  # fmt: skip
def resume_source(sources: Sources, who: Principal, call: OfSource) -> Source:
    """Go on with a source that was paused or stopped; from now on it is read with your rights."""
    return sources.resume(who, call.collection, call.source)


@operation(
    "knowledge.source.remove", f"DELETE {_BASE}/{{source}}", role=Role.USER, effect=Effect.DESTRUCTIVE, long=True,
    scoped_by_handler=True,
)  # fmt: skip
def remove_source(sources: Sources, who: Principal, call: RemoveSource) -> SourceRemoved:
    """Remove a source with its documents, or without them."""
    return sources.remove(who, call.collection, call.source, keep=call.keep)


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else minutes * 60


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
