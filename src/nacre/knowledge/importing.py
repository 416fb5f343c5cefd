"""Takes in files of passages or documents: those that Nacre exported, with their vectors, and those that others write.

A file is read as a whole first, so that nothing of one that cannot be imported is added. Then some documents are added
at a time; those that are there are left alone, so that an import that was cut off is just begun again.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from blake3 import blake3
from pydantic import Field, JsonValue, TypeAdapter, ValidationError
from sqlalchemy import Row

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, InvalidInput
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.progress import report
from nacre.core.spools import Spool, Spools
from nacre.core.store.database import Database
from nacre.engines.interchange import frames, interchange
from nacre.engines.interchange.interchange import Rows
from nacre.engines.processes.users import Account
from nacre.knowledge.adding import Adding
from nacre.knowledge.collections import to_write
from nacre.knowledge.embedding import as_kept
from nacre.knowledge.index import Index, Prepared
from nacre.knowledge.ingestion.ingestion import Ingestion, Item
from nacre.knowledge.preparing import New, wanted
from nacre.llm.embedding.chunking import Chunk

if TYPE_CHECKING:
    from nacre.knowledge.embedding import Floats

_MOST_DOCUMENTS = 1_000_000
_MOST_CHARACTERS = 80_000_000
_MOST_PASSAGES = 500_000
_MOST_NUMBERS = 1 << 27
"""Of one document, in all its passages."""

_PASSAGES_AT_ONCE = 256
Name = Annotated[str, Field(min_length=1, max_length=500)]
Place = Annotated[int, Field(ge=0, lt=1 << 31)]


class Imported(Answer):
    """How many documents were `added` (or replaced), in what passages, and how many were there already, `unchanged`;
    those that are `waiting` have no vectors yet, and are added by the queue."""

    added: int
    unchanged: int
    passages: int
    waiting: int


class _Own(NamedTuple):
    """A row of a file that Nacre exported."""

    document: Name
    metadata: dict[str, JsonValue]
    position: Place
    start: Place
    page: Place | None
    context: str
    text: str


class _Foreign(NamedTuple):
    name: Name
    text: Annotated[str, Field(max_length=20_000_000)]
    metadata: dict[str, JsonValue]


class _Described(NamedTuple):
    """What the first line, or the schema, of an exported file tells."""

    format: int
    model: str | None
    digest: str | None
    dimension: int
    metric: str


@dataclass
class _Document:
    """One of an exported file, as far as it was read."""

    name: str
    metadata: Mapping[str, JsonValue]
    characters: int = 0
    rows: list[_Own] = field(default_factory=list)
    vectors: "list[Floats]" = field(default_factory=list)


_Batches = Callable[[Iterator[Rows], Row[Any]], Iterator[Sequence[Any]]]
_OWN = TypeAdapter(list[_Own])
_FOREIGN = TypeAdapter(list[_Foreign])


@dataclass(frozen=True)
class Importing:
    """Called from worker threads. `account` is whom files are read as, None for this process's own user."""

    store: Database
    clock: Clock
    index: Index
    spools: Spools
    adding: Adding
    ingestion: Ingestion
    account: Account | None

    def import_(self, who: Principal, name: str, spool: Spool, embed: bool) -> Imported:
        """With `embed` vectors are made anew, whatever the file brings along.

        Raises InvalidInput "file-broken", "file-too-large", "same-name" and what adding does, Conflict "other-model".
        """
        with self.store.read() as connection:
            collection = to_write(connection, who, name)
        report("reading")
        account = None if self.account is None else (self.account.uid, self.account.gid)
        read = self.spools.new()
        with interchange.opened(spool, account) as file:
            described = None if file.described is None else _description(file.described)
            if described is not None:
                _require_same_model(collection, described, embed)
            batches: _Batches = _prepared if described is not None else _news
            for _ in batches(_kept(file.rows, read, embed), collection):
                pass
        read.file.seek(0)
        if described is not None:
            return self._add_own(who, collection, _prepared(_again(read), collection))
        return self._add_others(who, collection, _news(_again(read), collection))

    def _add_own(self, who: Principal, collection: Row[Any], batches: Iterator[Sequence[Prepared]]) -> Imported:
        added = unchanged = passages = 0
        for batch in batches:
            with self.store.read() as connection:
                known = self.index.digests(connection, collection, [one.name for one in batch])
            changed = [one for one in batch if known.get(one.name) != one.digest]
            ready = [self._embedded(who, collection, one) for one in changed]
            if ready:
                with self.index.changing(collection) as changing:
                    changing.withdraw([one.name for one in ready])
                    changing.put(ready, str(who), self.clock())
            added, unchanged = added + len(ready), unchanged + len(batch) - len(ready)
            passages += sum(len(one.chunks) for one in ready)
            report("adding documents", done=added + unchanged)
        return Imported(added=added, unchanged=unchanged, passages=passages, waiting=0)

    def _add_others(self, who: Principal, collection: Row[Any], batches: Iterator[Sequence[New]]) -> Imported:
        """Those with vectors at once; where a model is to make them, by the queue."""
        added = unchanged = passages = waiting = 0
        for batch in batches:
            if collection.model is None:
                done = self.adding.add(who, collection.name, batch)
                added, passages = added + done.added, passages + done.passages
                unchanged += done.unchanged
            else:
                items = [Item(one.name, one.text, one.metadata) for one in batch]
                told = self.ingestion.enqueue(who, collection.name, items)
                waiting, unchanged = waiting + told.waiting, unchanged + told.unchanged
            report("adding documents", done=added + unchanged + waiting)
        return Imported(added=added, unchanged=unchanged, passages=passages, waiting=waiting)

    def _embedded(self, who: Principal, collection: Row[Any], one: Prepared) -> Prepared:
        if len(one.vectors) == len(one.chunks):
            return one
        vectors = self.adding.embedded(who, collection, [chunk.embedded for chunk in one.chunks])
        return replace(one, vectors=vectors)


def _description(said: Any) -> _Described:
    try:
        described = TypeAdapter(_Described).validate_python({name: said.get(name) for name in _Described._fields})
    except (ValidationError, AttributeError):
        raise _broken("what it tells of its collection is wrong") from None
    if described.format != 1:
        raise _broken(f"it is of format {described.format}, which a later Nacre wrote")
    return described


def _require_same_model(collection: Row[Any], described: _Described, embed: bool) -> None:
    if embed:
        return
    ours = f"{collection.model or 'no model'}, {collection.dimension} numbers, {collection.metric}"
    theirs = f"{described.model or 'no model'}, {described.dimension} numbers, {described.metric}"
    same_model = collection.model is None or collection.digest == described.digest
    same_metric = collection.metric in (described.metric, "cosine")
    if not (same_model and same_metric and collection.dimension == described.dimension):
        raise Conflict(
            "other-model",
            f"The file's vectors ({theirs}) do not compare with those of “{collection.name}” ({ours}).",
            hint="Say --embed to make them anew from the texts, or import into a collection of the file's model.",
        )


def _kept(rows: Iterator[Rows], spool: Spool, embed: bool) -> Iterator[Rows]:
    """Each is passed on, and written down to be read again."""
    for some in rows:
        kept = Rows(some.rows, None if embed else some.vectors)
        dimension = None if kept.vectors is None else kept.vectors.shape[1]
        numbers = b"" if kept.vectors is None else kept.vectors.tobytes()
        frames.send(spool, {"rows": kept.rows, "dimension": dimension}, numbers)
        report("reading", done=len(spool))
        yield kept


def _again(spool: Spool) -> Iterator[Rows]:
    import numpy as np

    while (frame := frames.receive(spool.file)) is not None:
        said = json.loads(frame[0])
        dimension = said["dimension"]
        yield Rows(said["rows"], None if dimension is None else np.frombuffer(frame[1], "<f4").reshape(-1, dimension))


def _news(rows: Iterator[Rows], collection: Row[Any]) -> Iterator[Sequence[New]]:
    """The documents of others. Raises InvalidInput for the first that cannot be added."""
    first_of = _FirstOf()
    for some in rows:
        found = _valid(_FOREIGN, some.rows)
        vectors = [None] * len(found) if some.vectors is None else some.vectors
        news = [New(one.name, one.text, one.metadata, vector) for one, vector in zip(found, vectors, strict=True)]
        for new in news:
            first_of(new.name)
        wanted(news, collection)
        yield news


def _prepared(rows: Iterator[Rows], collection: Row[Any]) -> Iterator[Sequence[Prepared]]:
    """The documents of an exported file, each with all its passages."""
    gathered: list[Prepared] = []
    for document in _documents(rows):
        if gathered and sum(len(one.chunks) for one in gathered) + len(document.rows) > _PASSAGES_AT_ONCE:
            yield gathered
            gathered = []
        gathered.append(_whole(document, collection))
    if gathered:
        yield gathered


def _documents(rows: Iterator[Rows]) -> Iterator[_Document]:
    first_of = _FirstOf()
    document: _Document | None = None
    for some in rows:
        for number, row in enumerate(_valid(_OWN, some.rows)):
            if document is None or row.document != document.name:
                if document is not None:
                    yield document
                first_of(row.document)
                document = _Document(row.document, row.metadata)
            if row.position != len(document.rows) + 1:
                raise _broken(f"passage {len(document.rows) + 1} of “{document.name}” is not where it should be")
            document.rows.append(row)
            document.characters += len(row.context) + len(row.text)
            if some.vectors is not None:
                document.vectors.append(some.vectors[number])
            _require_bearable(document)
    if document is not None:
        yield document


def _whole(document: _Document, collection: Row[Any]) -> Prepared:
    import numpy as np

    vectors = np.empty((0, collection.dimension), np.float32)
    if document.vectors:
        vectors = _checked(np.stack(document.vectors), collection)
    digest = blake3(json.dumps([row[1:] for row in document.rows], sort_keys=True).encode()).update(vectors.tobytes())
    return Prepared(
        name=document.name,
        metadata=document.metadata,
        digest=digest.hexdigest()[:32],
        characters=max(row.start + len(row.text) for row in document.rows),
        chunks=[Chunk(row.text, row.context, row.start) for row in document.rows],
        pages=[row.page for row in document.rows],
        vectors=vectors,
    )


def _checked(vectors: "Floats", collection: Row[Any]) -> "Floats":
    return as_kept(vectors, collection.dimension, collection.metric)


def _require_bearable(document: _Document) -> None:
    numbers = len(document.vectors) * (len(document.vectors[0]) if document.vectors else 0)
    too_large = numbers > _MOST_NUMBERS or document.characters > _MOST_CHARACTERS
    if too_large or len(document.rows) > _MOST_PASSAGES:
        raise InvalidInput(
            "document-too-large",
            f"“{document.name}” has more passages or text than a document may.",
            hint="Split it into several documents.",
        )


class _FirstOf:
    """Refuses the second document of a name."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def __call__(self, name: str) -> None:
        digest = blake3(name.encode()).digest(16)
        if digest in self._seen:
            raise InvalidInput(
                "same-name",
                f"Two of the documents in the file are called “{name}”, or its passages lie apart.",
                hint="Each document needs a name, or an id, of its own.",
            )
        self._seen.add(digest)
        if len(self._seen) > _MOST_DOCUMENTS:
            raise InvalidInput(
                "file-too-large", f"The file has more than {_MOST_DOCUMENTS:,} documents.", hint="Split it."
            )


def _valid(kind: "TypeAdapter[list[Any]]", rows: Sequence[Any]) -> list[Any]:
    try:
        return kind.validate_python(rows)
    except ValidationError as error:
        first = error.errors()[0]
        raise _broken(f"“{first['loc'][-1]}” of a row is wrong: {first['msg']}") from None


def _broken(why: str) -> InvalidInput:
    return InvalidInput("file-broken", f"The file cannot be imported: {why}.", hint="Nothing of it was added.")
