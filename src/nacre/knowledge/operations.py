"""The verbs of knowledge: collection …; add and upload; document …; search and answer."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel, field_validator, model_validator

from nacre.core.names import Ref
from nacre.core.operations import Body, Call, Cli, Effect, Private, Rare, Slashes, operation
from nacre.core.principals import Principal, Role
from nacre.engines.retrieval.folding import Folding
from nacre.knowledge import (  # noqa: F401  (declare their verbs)
    archive_operations,
    check_operations,
    queue_operations,
    reembedding_operations,
    reranker_operations,
    source_operations,
)
from nacre.knowledge.adding import Added, Adding, Removed
from nacre.knowledge.answering import Answered, Answering
from nacre.knowledge.collections import Collection, Collections, Metric, Plan
from nacre.knowledge.documents import Document, Documents, WholeDocument
from nacre.knowledge.found import Found, Mode
from nacre.knowledge.index import Scan
from nacre.knowledge.ingestion.ingestion import Ingestion
from nacre.knowledge.legs import Asked
from nacre.knowledge.preparing import New
from nacre.knowledge.reranking import Reranking
from nacre.llm.embedding.chunking import Chunking

_BASE = "/api/knowledge/collections"
Name = Annotated[
    str, Cli(positional=True), Field(min_length=1, max_length=60, description="A collection.", examples=["handbook"])
]
Vector = Annotated[list[float], Field(min_length=1, max_length=8192)]


class CreateCollection(Call):
    name: Annotated[str, Cli(positional=True), Field(max_length=60, description="Its name.", examples=["handbook"])]
    project: Annotated[
        Ref | None, Cli(short="-p"), Field(description="Whose it is: its members read it, and its users fill it.")
    ] = None
    everyone: bool = Field(False, description="Everybody may read it (else, without a project, only you).")
    model: Annotated[str | None, Cli(short="-m"), Field(description="What makes its vectors (none: the default).")] = (
        None
    )
    dimension: int | None = Field(
        None, ge=1, le=8192, description="There is no model: vectors of so many numbers are brought along."
    )
    metric: Metric = Field(
        "cosine", description="How vectors compare: by their angle, their inner product, or their distance (l2)."
    )
    chunking: Chunking = Field(
        Chunking(by="markdown"), description="How long texts are cut: by, size, overlap, context."
    )
    folding: Folding = Field(
        "simplified", description="Words of traditional Chinese are found by simplified ones and the reverse, or not."
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> "CreateCollection":
        if self.project is not None and self.everyone:
            raise ValueError("it is either a project's or everyone's")
        if self.model is not None and self.dimension is not None:
            raise ValueError("the dimension is that of the model; give one of the two")
        return self


class ListCollections(Call):
    pass


class OfCollection(Call):
    collection: Name


class NewDocument(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=500, description="What it is cited as; it replaces one of that name.")
    text: str = Field(max_length=20_000_000)
    metadata: dict[str, JsonValue] = Field(default={}, description="What searches can be filtered by.")
    vector: Vector | None = Field(default=None, description="Where the collection has no model.")


class Add(Call):
    collection: Name
    documents: Annotated[
        list[NewDocument],
        Private(),
        Field(
            min_length=1, max_length=1000, description="Documents, each with name and text.",
            examples=[[{"name": "leave.md", "text": "# Leave\n\nTwenty-five days a year."}]],
        ),
    ]  # fmt: skip


DocumentName = Annotated[
    str,
    Cli(positional=True),
    Slashes(),
    Field(min_length=1, max_length=500, description="A document.", examples=["leave.md"]),
]


class Upload(Call):
    collection: Name
    document: DocumentName
    data: Annotated[bytes, Body(), Cli(positional=True), Field(description="The file, of 16 MiB at most.")]
    later: Annotated[
        bool, Field(description="Put it in the collection's queue and return at once, instead of waiting for it.")
    ] = False


class ListDocuments(Call):
    collection: Name
    after: Annotated[str, Field(description="Only those whose names come after this one.")] = ""
    limit: Annotated[int, Field(ge=1, le=1000, description="At most this many.")] = 100
    find: Annotated[str, Field(max_length=500, description="Only those whose names hold this.")] = ""


class OfDocument(Call):
    collection: Name
    document: DocumentName


class Search(Call):
    query_text: Annotated[
        str | None,
        Cli(positional=True),
        Field(min_length=1, max_length=10_000, description="What is sought.", examples=["how many days of leave"]),
    ] = None
    collection: Annotated[
        list[str],
        Cli(short="-c"),
        Field(min_length=1, max_length=50, description="Where.", examples=[["handbook"]]),
    ]
    query_vector: Annotated[
        Vector | None, Rare(), Field(description="Its vector, instead of the text or beside it.")
    ] = None
    top_k: Annotated[int, Cli(short="-k"), Field(ge=1, le=1000, description="How many are wanted.")] = 10
    filter: dict[str, JsonValue] = Field(
        default={}, description="What documents must have in their metadata.", examples=[{"lang": "en"}]
    )
    mode: Annotated[Mode, Rare(), Field(description="By meaning, by words, or by both.")] = "hybrid"
    scan: Annotated[
        Scan, Rare(), Field(description="Compare all vectors, or first their signs (auto: where there are very many).")
    ] = "auto"
    explain: Annotated[bool, Rare(), Field(description="Tell times, counts, and why there is nothing.")] = False
    rerank: Annotated[
        str | None,
        Rare(),
        Field(min_length=1, max_length=200, description="What reads and orders the best: a reranker, or model."),
    ] = None
    expected: Annotated[
        str | None,
        Rare(),
        Field(max_length=500, description="A document, to be told where each of its passages stands, and why."),
    ] = None
    expected_position: Annotated[
        int | None, Rare(), Field(ge=1, le=1_000_000_000, description="Only this passage of it.")
    ] = None

    @field_validator("collection", mode="before")
    @classmethod
    def _one_is_a_list_too(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Ask(Call):
    question: Annotated[
        str,
        Private(),
        Cli(positional=True),
        Field(min_length=1, max_length=10_000, description="The question.", examples=["how many days of leave"]),
    ]
    collection: Annotated[
        list[str],
        Cli(short="-c"),
        Field(min_length=1, max_length=50, description="Where the answer is sought.", examples=[["handbook"]]),
    ]
    model: Annotated[str | None, Cli(short="-m"), Field(description="Who answers (none: the default).")] = None
    top_k: Annotated[int, Cli(short="-k"), Field(ge=1, le=50, description="How many passages the model sees.")] = 8
    filter: dict[str, JsonValue] = Field(
        default={}, description="What documents must have in their metadata.", examples=[{"lang": "en"}]
    )

    @field_validator("collection", mode="before")
    @classmethod
    def _one_is_a_list_too(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class DocumentList(RootModel[list[Document]]):
    """By their names."""


class CollectionList(RootModel[list[Collection]]):
    """By their names."""


@operation("knowledge.collection.create", f"POST {_BASE}", role=Role.USER, effect=Effect.WRITE)
def create_collection(collections: Collections, who: Principal, call: CreateCollection) -> Collection:
    """Make a collection of documents, to be found by meaning and by words.

    It is private to whoever makes it, unless it is made for a project or for everyone. Its vectors are all of the model
    that it is made with; the model that the name stands for later must be the same.
    """
    access: Literal["private", "project", "everyone"] = (
        "project" if call.project is not None else "everyone" if call.everyone else "private"
    )
    project = None if call.project is None else call.project.project
    return collections.create(
        who,
        Plan(call.name, access, project, call.model, call.dimension, call.metric, call.chunking, call.folding),
    )


@operation("knowledge.collection.list", f"GET {_BASE}", role=Role.VIEWER, effect=Effect.READ, scoped_by_handler=True)
def list_collections(collections: Collections, who: Principal, call: ListCollections) -> CollectionList:
    """List the collections that you may read."""
    return CollectionList(collections.readable(who))


@operation(
    "knowledge.collection.show", f"GET {_BASE}/{{collection}}", role=Role.VIEWER, effect=Effect.READ,
    scoped_by_handler=True,
)  # fmt: skip
def show_collection(collections: Collections, who: Principal, call: OfCollection) -> Collection:
    """Show a collection: its model, how it is cut, how much is in it."""
    return collections.show(who, call.collection)


@operation(
    "knowledge.collection.delete", f"DELETE {_BASE}/{{collection}}", role=Role.USER, effect=Effect.DESTRUCTIVE,
    scoped_by_handler=True,
)  # fmt: skip
def delete_collection(collections: Collections, who: Principal, call: OfCollection) -> Collection:
    """Delete a collection with all its documents, for good: no rewind brings it back."""
    return collections.delete(who, call.collection)


@operation(
    "knowledge.add", f"POST {_BASE}/{{collection}}/documents", role=Role.USER, effect=Effect.WRITE, long=True,
    scoped_by_handler=True,
)  # fmt: skip
def add(adding: Adding, who: Principal, call: Add) -> Added:
    """Add documents to a collection: all of them or, if one cannot be, none.

    Each is cut into passages and these are embedded, which takes its time with the model of this machine. One of a name
    that is there replaces it; the same again is left alone.
    """
    news = [New(one.name, one.text, one.metadata, one.vector) for one in call.documents]
    return adding.add(who, call.collection, news)


@operation(
    "knowledge.upload", f"PUT {_BASE}/{{collection}}/documents/{{document}}", role=Role.USER, effect=Effect.WRITE,
    long=True, scoped_by_handler=True,
)  # fmt: skip
def upload(ingestion: Ingestion, who: Principal, call: Upload) -> Added:
    """Add a file to a collection: text, Markdown, code, HTML, PDF, DOCX, XLSX, PPTX or CSV, as its name says.

    It is read as Markdown, and cut where its headings are; passages of a PDF know their page, those of a PPTX their
    slide. What is added later can be followed by `nacre knowledge queue show`, and survives whatever happens to Nacre.
    """
    return ingestion.upload(who, call.collection, call.document, call.data, later=call.later)


@operation(
    "knowledge.document.list", f"GET {_BASE}/{{collection}}/documents", role=Role.VIEWER, effect=Effect.READ,
    scoped_by_handler=True,
)  # fmt: skip
def list_documents(documents: Documents, who: Principal, call: ListDocuments) -> DocumentList:
    """List the documents of a collection."""
    return DocumentList(documents.listing(who, call.collection, call.after, call.limit, call.find))


@operation(
    "knowledge.document.show", f"GET {_BASE}/{{collection}}/documents/{{document}}", role=Role.VIEWER,
    effect=Effect.READ, scoped_by_handler=True,
)  # fmt: skip
def show_document(documents: Documents, who: Principal, call: OfDocument) -> WholeDocument:
    """Show a document with the passages that it was cut into."""
    return documents.show(who, call.collection, call.document)


@operation(
    "knowledge.document.delete", f"DELETE {_BASE}/{{collection}}/documents/{{document}}", role=Role.USER,
    effect=Effect.DESTRUCTIVE, scoped_by_handler=True,
)  # fmt: skip
def delete_document(adding: Adding, who: Principal, call: OfDocument) -> Removed:
    """Delete a document from a collection: from then on it is not found any more."""
    return adding.remove(who, call.collection, call.document)


# Its name is what agents see it as: the tool search_knowledge.
@operation(
    "search.knowledge", "POST /api/ai/search", role=Role.VIEWER, effect=Effect.READ, verb="knowledge search",
    first_class=True, scoped_by_handler=True,
)  # fmt: skip
def search(reranking: Reranking, who: Principal, call: Search) -> Found:
    """Search collections of documents for passages, by meaning and by words."""
    asked = Asked(
        collections=call.collection, text=call.query_text, vector=call.query_vector, top_k=call.top_k, mode=call.mode,
        filter=call.filter, scan=call.scan, explain=call.explain or call.expected is not None, expected=call.expected,
        expected_position=call.expected_position,
    )  # fmt: skip
    return reranking.searching.search(who, asked) if call.rerank is None else reranking.search(who, asked, call.rerank)


@operation(
    "knowledge.answer", "POST /api/ai/answer", role=Role.USER, effect=Effect.WRITE, long=True, speaks=True,
    scoped_by_handler=True,
)  # fmt: skip
def answer(answering: Answering, who: Principal, call: Ask) -> Answered:
    """Answer a question from collections, with citations of the passages it is taken from; shown as it comes.

    The passages that are found go to a language model, and what it says stands in `nacre llm audit`. Where they do not
    hold the answer, that is the answer.
    """
    asked = Asked(call.collection, call.question, None, call.top_k, "hybrid", call.filter)
    return answering.answer(who, asked, call.model)
