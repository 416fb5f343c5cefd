"""The archive of collections: a tar that ends with a checksum of itself, written once and read a piece at a time.

backup.json                 format, when it was made, and how much of each collection is in it
handbook/collection.json    its settings
handbook/sources.jsonl.zst  its sources, where there are such
handbook/000001.jsonl.zst   documents, each in a line that those of its passages follow …
handbook/000001.f32         … and the vectors of these passages, in their order, little-endian
checksum.json               BLAKE3 of every byte before this file
"""

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated, TypeVar

import zstandard
from blake3 import blake3
from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from nacre.core.errors import Failed, InvalidInput
from nacre.core.spools import Spool
from nacre.engines.retrieval.folding import Folding
from nacre.knowledge.access import Access
from nacre.knowledge.collections import Metric
from nacre.knowledge.contents import Batch, Kept, Part
from nacre.knowledge.sources.packing import Packed
from nacre.llm.embedding.chunking import Chunking

T = TypeVar("T")
FORMAT = 1
_BLOCK = tarfile.BLOCKSIZE
_LARGEST_FACTS_BYTES = 16 << 20
_LARGEST_TEXTS_BYTES = 512 << 20
"""Of a piece, unpacked: that is one document of the largest size, with room to spare."""

_LONGEST_LINE_BYTES = 128 << 20
_MOST_NUMBERS = 1 << 27
_MOST_MEMBERS = 400_000

_READ_AT_ONCE = 1 << 20
_FRAME_BYTES = 1 << 27
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,38}$")]


class Settings(BaseModel):
    """Of a collection, all that is not its documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    access: Access
    person: str
    project: str | None
    model: str | None
    digest: str | None
    dimension: Annotated[int, Field(ge=1, le=8192)]
    metric: Metric
    chunking: Chunking
    folding: Folding
    created_by: str
    created_at: datetime


class Counts(BaseModel):
    """How much of a collection there is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    documents: int
    passages: int


class Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    made_at: datetime
    made_by: str
    collections: list[Counts]


@dataclass(frozen=True)
class _Member:
    name: str
    offset: int
    size_bytes: int


class Writer:
    """Writes to the end of a spool: the facts, then each collection with its batches, then the end."""

    def __init__(self, spool: Spool, facts: Facts) -> None:
        self._spool = spool
        self._at = facts.made_at
        self._digest = blake3()
        self._packer = zstandard.ZstdCompressor(level=3)
        self._add("backup.json", facts.model_dump_json().encode())

    def collection(self, settings: Settings, sources: Iterator[Packed], batches: Iterator[Batch]) -> None:
        self._add(f"{settings.name}/collection.json", settings.model_dump_json().encode())
        if lines := "".join(f"{one.model_dump_json()}\n" for one in sources):
            self._add(f"{settings.name}/sources.jsonl.zst", self._packer.compress(lines.encode()))
        for number, batch in enumerate(batches, 1):
            _require_restorable(batch)
            lines = "".join(f"{line}\n" for one in batch.documents for line in _lines(one))
            self._add(f"{settings.name}/{number:06}.jsonl.zst", self._packer.compress(lines.encode()))
            self._add(f"{settings.name}/{number:06}.f32", batch.vectors.astype("<f4", copy=False).tobytes())

    def end(self) -> None:
        self._add("checksum.json", json.dumps({"blake3": self._digest.hexdigest()}).encode())
        self._write(bytes(2 * _BLOCK))

    def _add(self, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = len(data), 0o600, int(self._at.timestamp())
        self._write(info.tobuf(tarfile.USTAR_FORMAT))
        self._write(data)
        self._write(bytes(-len(data) % _BLOCK))

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self._spool.write(data)


class Archive:
    """One that is whole: whatever is damaged is refused before the first piece is read."""

    def __init__(self, spool: Spool) -> None:
        """Raises InvalidInput "archive-damaged", "archive-too-new"."""
        self._file = spool.file
        self._members = {member.name: member for member in islice(_members(spool), _MOST_MEMBERS)}
        self._check_whole()
        facts = _parsed(TypeAdapter(dict[str, object]), self._read("backup.json"))
        if facts.get("format") != FORMAT:
            raise InvalidInput(
                "archive-too-new",
                f"This backup is of format {facts.get('format')}; this Nacre reads format {FORMAT}.",
                hint="Restore it with the Nacre that made it, or with a later one.",
            )
        self.facts = _parsed(TypeAdapter(Facts), self._read("backup.json"))

    def settings(self, name: str) -> Settings:
        settings = _parsed(TypeAdapter(Settings), self._read(f"{name}/collection.json"))
        if settings.name != name:
            raise damaged(f"the collection “{name}” in it is called “{settings.name}”")
        return settings

    def sources(self, settings: Settings) -> list[Packed]:
        name = f"{settings.name}/sources.jsonl.zst"
        return [_parsed(_SOURCE, line) for line in self._texts(name)] if name in self._members else []

    def batches(self, settings: Settings) -> Iterator[Batch]:
        """The documents of a collection, as many as the archive says that there are."""
        import numpy as np

        (counts,) = (one for one in self.facts.collections if one.name == settings.name)
        documents = passages = number = 0
        while (piece := f"{settings.name}/{(number := number + 1):06}") + ".jsonl.zst" in self._members:
            raw = self._read(f"{piece}.f32", _MOST_NUMBERS * 4)
            own, rest = divmod(len(raw), settings.dimension * 4)
            batch = list(_documents(self._texts(f"{piece}.jsonl.zst"), own))
            if rest or sum(len(one.parts) for one in batch) != own:
                raise damaged(f"a vector or a passage is missing in “{settings.name}”")
            yield Batch(batch, np.frombuffer(raw, "<f4").reshape(own, settings.dimension))
            documents, passages = documents + len(batch), passages + own
        if (documents, passages) != (counts.documents, counts.passages):
            raise damaged(f"a part of “{settings.name}” is missing")

    def _check_whole(self) -> None:
        last = list(self._members.values())[-1:]
        if not last or last[0].name != "checksum.json":
            raise damaged("its end is missing")
        told = _parsed(TypeAdapter(dict[str, str]), self._read("checksum.json")).get("blake3")
        digest, left = blake3(), last[0].offset - _BLOCK
        self._file.seek(0)
        while left and (piece := self._file.read(min(_READ_AT_ONCE, left))):
            digest.update(piece)
            left -= len(piece)
        if digest.hexdigest() != told:
            raise damaged("its content is not what its checksum says")

    def _read(self, name: str, most_bytes: int = _LARGEST_FACTS_BYTES) -> bytes:
        member = self._members.get(name)
        if member is None:
            raise damaged(f"“{name}” is missing")
        if member.size_bytes > most_bytes:
            raise damaged(f"“{name}” is larger than it can be")
        self._file.seek(member.offset)
        return self._file.read(member.size_bytes)

    def _texts(self, name: str) -> Iterator[bytes]:
        """The lines of a member; what they unpack to is never in memory as a whole."""
        packed = self._read(name, _LARGEST_TEXTS_BYTES)
        unpacking = zstandard.ZstdDecompressor(max_window_size=_FRAME_BYTES).stream_reader(packed)
        lines, left = io.BufferedReader(unpacking, _READ_AT_ONCE), _LARGEST_TEXTS_BYTES
        try:
            while line := lines.readline(_LONGEST_LINE_BYTES):
                left -= len(line)
                if left < 0 or not line.endswith(b"\n"):
                    raise damaged(f"“{name}” holds more than it can, or is cut off")
                yield line
        except zstandard.ZstdError as error:
            raise damaged(f"“{name}” cannot be unpacked") from error


def damaged(why: str) -> InvalidInput:
    return InvalidInput(
        "archive-damaged",
        f"This is no whole backup of knowledge: {why}. Nothing was restored from there on.",
        hint="Fetch it again from where it was kept; `nacre knowledge backup` makes another one.",
    )


class _Head(BaseModel):
    """The line of a document, which those of its passages follow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)]
    metadata: dict[str, JsonValue]
    digest: str
    origin: str | None
    characters: int
    added_by: str
    added_at: datetime
    passages: Annotated[int, Field(ge=0)]


_HEAD = TypeAdapter(_Head)
_PART = TypeAdapter(Part)
_SOURCE = TypeAdapter(Packed)


def _documents(lines: Iterator[bytes], most: int) -> Iterator[Kept]:
    """Those of a piece, with `most` passages in all."""
    for line in lines:
        head = _parsed(_HEAD, line)
        most -= head.passages
        if most < 0:
            raise damaged(f"“{head.name}” has more passages than vectors")
        parts = [_parsed(_PART, one) for one in islice(lines, head.passages)]
        if len(parts) != head.passages:
            raise damaged(f"passages of “{head.name}” are missing")
        yield Kept(**head.model_dump(exclude={"passages"}), parts=parts)


def _require_restorable(batch: Batch) -> None:
    if batch.vectors.size > _MOST_NUMBERS:
        raise Failed(
            "document-too-large",
            f"“{batch.documents[0].name}” has {len(batch.vectors):,} passages, more than can be restored at once.",
            hint="Split the document, or leave this collection out by naming the others.",
        )


def _parsed(kind: TypeAdapter[T], data: bytes) -> T:
    try:
        return kind.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise damaged(f"{where or 'a line'} in it is wrong: {first['msg']}") from error


def _lines(document: Kept) -> Iterator[str]:
    head = {name: getattr(document, name) for name in _Head.model_fields if name != "passages"}
    yield _json(head | {"added_at": document.added_at.isoformat(), "passages": len(document.parts)})
    for part in document.parts:
        yield _json(part)


def _json(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _members(spool: Spool) -> Iterator[_Member]:
    """Of the plain kind of tar that is written here; nothing of any other kind is looked at."""
    end, offset = len(spool), 0
    while offset + _BLOCK <= end:
        spool.file.seek(offset)
        header = spool.file.read(_BLOCK)
        if not any(header):
            return
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeError) as error:
            raise damaged("it is no tar archive, or a part of it is another file's") from error
        if info.type != tarfile.REGTYPE or info.size < 0 or offset + _BLOCK + info.size > end:
            raise damaged("it holds something that no backup does, or ends too soon")
        yield _Member(info.name, offset + _BLOCK, info.size)
        offset += _BLOCK + info.size + -info.size % _BLOCK
    raise damaged("its end is missing")
