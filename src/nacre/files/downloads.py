"""Gives out files as they are or were: whole, in part, or many of them as one archive made on the way."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal

from nacre.branches.catalog import Catalog
from nacre.branches.trees import Trees
from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput, NotFound
from nacre.core.moments import parse_moment
from nacre.core.names import Ref
from nacre.core.operations import Stream
from nacre.engines.files.archives import Format, Item, tar_gz, zipped
from nacre.engines.files.entry import Entry
from nacre.engines.files.paths import read_path, shown_path
from nacre.engines.files.tree import Tree
from nacre.files import media
from nacre.files.versions import version_of
from nacre.files.workbench import Workbench
from nacre.history.positions import Positions

Disposition = Literal["inline", "attachment"]
_PIECE_BYTES = 1 << 18
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_TYPES: dict[Format, str] = {"zip": "application/zip", "tar.gz": "application/gzip"}


@dataclass(frozen=True)
class Span:
    start: int
    size_bytes: int


class Downloads:
    def __init__(
        self, workbench: Workbench, catalog: Catalog, trees: Trees, positions: Positions, clock: Clock
    ) -> None:
        self._workbench = workbench
        self._catalog = catalog
        self._trees = trees
        self._positions = positions
        self._clock = clock

    def file(self, ref: Ref, path: str, moment: str | None, wanted: str | None, disposition: Disposition) -> Stream:
        """A file, or the range of it that `wanted` (an HTTP Range header) names.

        Shown in place only where nothing in it can act on the reader's behalf; else it is for saving.
        """
        if moment is not None:
            return self._past(ref, path, moment, wanted, disposition)
        name = read_path(path)
        with ExitStack() as opening:
            edits = opening.enter_context(self._workbench.look(ref))
            fd = edits.open(name)
            opening.callback(os.close, fd)
            size_bytes = os.fstat(fd).st_size
            head = os.pread(fd, media.HEAD_BYTES, 0)
            etag = version_of(edits, name)
            span = span_of(wanted, size_bytes)
            held = opening.pop_all()
        return _stream(_pieces(held, fd, span), path, media.sniff(head, path), span, size_bytes, etag, disposition)

    def archive(self, ref: Ref, path: str, moment: str | None, format_: Format) -> Stream:
        """A folder with all below it, or a single file, as one archive."""
        name = read_path(path)
        tree, seq = self._tree(ref, moment)
        entry = tree.entry(seq, name) if name else None
        if name and (entry is None or entry.kind == "gone"):
            raise NotFound("file-not-found", f"There was no “{path}” at that moment.")
        top = os.fsdecode(name).rpartition("/")[2] or str(ref).replace(":", "-")
        below = [entry] if entry is not None and entry.kind != "dir" else tree.listing(seq, name)
        items = _items(tree, seq, name, below, top)
        chunks = zipped(items) if format_ == "zip" else tar_gz(items)
        return Stream.of(chunks, f"{top}.{format_}", media_type=_TYPES[format_])

    def _past(self, ref: Ref, path: str, moment: str, wanted: str | None, disposition: Disposition) -> Stream:
        name = read_path(path)
        tree, seq = self._tree(ref, moment)
        entry = tree.entry(seq, name)
        if entry is None or entry.kind == "gone":
            raise NotFound("file-not-found", f"There was no “{path}” at that moment.")
        head = next(tree.read(seq, name), b"")[: media.HEAD_BYTES]
        span = span_of(wanted, entry.size)
        chunks = _part(tree.read(seq, name), span)
        return _stream(chunks, path, media.sniff(head, path), span, entry.size, None, disposition)

    def _tree(self, ref: Ref, moment: str | None) -> tuple[Tree, int]:
        branch = self._catalog.branch(ref)
        tree = self._trees.tree(branch)
        if moment is None:
            return tree, tree.barrier(rescan=False).seq
        return tree, self._positions.find(branch, parse_moment(moment, self._clock())).files_seq


def span_of(wanted: str | None, size_bytes: int) -> Span:
    """The part that a Range header asks for; the whole where it is absent, or of a form that may be ignored.

    Raises InvalidInput "bad-range" for a part that lies beyond the end. (RFC 9110, section 14)
    """
    whole = Span(0, size_bytes)
    match = _RANGE.fullmatch(wanted.strip()) if wanted else None
    if match is None or match.groups() == ("", ""):
        return whole
    first, last = match.groups()
    if first == "":
        length = min(int(last), size_bytes)
        return Span(size_bytes - length, length) if length else whole
    start, end = int(first), min(int(last), size_bytes - 1) if last else size_bytes - 1
    if start >= size_bytes:
        raise InvalidInput(
            "bad-range", f"The file has {size_bytes:,} bytes; {wanted} lies beyond.", hint="Ask for less."
        )
    return Span(start, end - start + 1) if end >= start else whole


def _stream(
    chunks: Iterator[bytes],
    path: str,
    media_type: str,
    span: Span,
    size_bytes: int,
    etag: str | None,
    disposition: Disposition,
) -> Stream:
    shown = media.shown_as(media_type)
    return Stream.of(
        chunks,
        path.rstrip("/").rpartition("/")[2],
        media_type=shown if shown and disposition == "inline" else _saved_as(media_type),
        disposition="inline" if shown and disposition == "inline" else "attachment",
        size_bytes=span.size_bytes,
        start=span.start,
        total_bytes=size_bytes,
        etag=etag,
    )


def _saved_as(media_type: str) -> str:
    return media.UNKNOWN if media.is_textual(media_type) and "csv" not in media_type else media_type


def _pieces(held: ExitStack, fd: int, span: Span) -> Iterator[bytes]:
    with held:
        position, end = span.start, span.start + span.size_bytes
        while position < end:
            piece = os.pread(fd, min(_PIECE_BYTES, end - position), position)
            if not piece:
                raise InvalidInput("file-changed", "The file became shorter while it was read.", hint="Ask again.")
            yield piece
            position += len(piece)


def _part(chunks: Iterator[bytes], span: Span) -> Iterator[bytes]:
    position, end = 0, span.start + span.size_bytes
    for chunk in chunks:
        wanted = chunk[max(0, span.start - position) : max(0, end - position)]
        position += len(chunk)
        if wanted:
            yield wanted
        if position >= end:
            return


def _items(tree: Tree, seq: int, folder: bytes, entries: list[Entry], top: str) -> Iterator[Item]:
    for entry in entries:
        below = entry.path[len(folder) :].lstrip(b"/")
        name = f"{top}/{shown_path(below)}" if below else top
        if entry.kind == "symlink":
            yield Item(
                name, stat.S_IFLNK | 0o777, entry.time_ns, len(entry.content or b""), iter((entry.content or b"",))
            )
        elif entry.kind == "dir":
            yield Item(name, stat.S_IFDIR | entry.mode, entry.time_ns, 0, iter(()))
        elif not entry.flaw:
            yield Item(name, stat.S_IFREG | entry.mode, entry.mtime_ns, entry.size, tree.read(seq, entry.path))
