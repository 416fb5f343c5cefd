"""The archive of collections: a tar that ends with a checksum of itself, written once and read a piece at a time.

backup.json                 format, when it was made, and how much of each collection is in it
handbook/collection.json    its settings
handbook/sources.jsonl.zst  its sources, where there are such
handbook/000001.jsonl.zst   documents with their passages, one a line …
handbook/000001.f32         … and the vectors of these passages, in their order, little-endian
checksum.json               BLAKE3 of every byte before this file
"""

import json
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, TypeVar

import zstandard
from blake3 import blake3
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from nacre.core.errors import InvalidInput
from nacre.core.spools import Spool
from nacre.engines.retrieval.folding import Folding
from nacre.knowledge.access import Access
from nacre.knowledge.collections import Metric
from nacre.knowledge.contents import Batch, Kept
from nacre.knowledge.sources.packing import Packed
from nacre.llm.embedding.chunking import Chunking

T = TypeVar("T")
FORMAT = 1
_BLOCK = tarfile.BLOCKSIZE
_LARGEST_FACTS_BYTES = 16 << 20
_LARGEST_TEXTS_BYTES = 512 << 20
"""Of a piece, unpacked: that is one document of the largest size, with room to spare."""

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
            lines = "".join(f"{_line(one)}\n" for one in batch.documents)
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
        self._members = {member.name: member for member in _members(spool)}
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
        return [_parsed(_SOURCE, line) for line in self._texts(name).splitlines()] if name in self._members else []

    def batches(self, settings: Settings) -> Iterator[Batch]:
        """The documents of a collection, as many as the archive says that there are."""
        import numpy as np

        (counts,) = (one for one in self.facts.collections if one.name == settings.name)
        documents = passages = number = 0
        while (piece := f"{settings.name}/{(number := number + 1):06}") + ".jsonl.zst" in self._members:
            batch = [_parsed(_DOCUMENT, line) for line in self._texts(f"{piece}.jsonl.zst").splitlines()]
            own = sum(len(one.parts) for one in batch)
            raw = self._read(f"{piece}.f32", own * settings.dimension * 4)
            if len(raw) != own * settings.dimension * 4:
                raise damaged(f"a vector is missing in “{settings.name}”")
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

    def _texts(self, name: str) -> bytes:
        packed = self._read(name, _LARGEST_TEXTS_BYTES)
        try:
            with zstandard.ZstdDecompressor(max_window_size=_FRAME_BYTES).stream_reader(packed) as unpacking:
                texts = unpacking.read(_LARGEST_TEXTS_BYTES + 1)
        except zstandard.ZstdError as error:
            raise damaged(f"“{name}” cannot be unpacked") from error
        if len(texts) > _LARGEST_TEXTS_BYTES:
            raise damaged(f"“{name}” is larger than it can be")
        return texts


def damaged(why: str) -> InvalidInput:
    return InvalidInput(
        "archive-damaged",
        f"This is no whole backup of knowledge: {why}. Nothing was restored from there on.",
        hint="Fetch it again from where it was kept; `nacre knowledge backup` makes another one.",
    )


_DOCUMENT = TypeAdapter(Kept)
_SOURCE = TypeAdapter(Packed)


def _parsed(kind: TypeAdapter[T], data: bytes) -> T:
    try:
        return kind.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise damaged(f"{where or 'a line'} in it is wrong: {first['msg']}") from error


def _line(document: Kept) -> str:
    said = asdict(document) | {"added_at": document.added_at.isoformat()}
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
