"""Cuts a text into chunks for embedding. Pure: the same text and settings give the same chunks anywhere."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Offsets = Callable[[str], Sequence[tuple[int, int]]]
"""A tokenizer: where each token of a text begins and ends, in characters."""

Span = tuple[int, int]
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_LINE = re.compile(r"\n\s*")
_SENTENCE = re.compile(r"[。！？；…]+[”’」』）】\"']*\s*|[.!?]+[\"'”’)\]]*\s+|\n[ \t]*\n\s*")
_WORD = re.compile(r"\s+|[，、：,;:]\s*")
_RECURSIVE = (_PARAGRAPH, _LINE, _SENTENCE, _WORD)
_SENTENCES = (_SENTENCE, _WORD)
_NAMED = re.compile(r"\{(\w+)\}")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_CONTEXT_CHARACTERS = 400
_FIRST_CJK, _LAST_CJK = "\u2e80", "\U0003ffff"


class Chunking(BaseModel):
    """`size` and `overlap` are characters, or tokens where it goes by tokens.

    `context` is put before every chunk for the embedding, with {column} standing for the text of that column: a title
    helps to find each part of its document. Columns that it names are not part of the chunks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Literal["recursive", "sentences", "markdown", "tokens", "characters", "none"] = "recursive"
    size: Annotated[int, Field(ge=20, le=100_000)] = 800
    overlap: Annotated[int, Field(ge=0)] = 100
    context: Annotated[str, Field(max_length=1000)] = ""

    @model_validator(mode="after")
    def _overlap_is_less_than_half(self) -> "Chunking":
        if self.overlap * 2 > self.size:
            raise ValueError("the overlap may be half of the size at most")
        return self

    @property
    def named(self) -> set[str]:
        """The columns that the context names."""
        return set(_NAMED.findall(self.context))


@dataclass(frozen=True)
class Chunk:
    """`text` is what people are shown. What is embedded has `context` before it. `start` is where the text has it."""

    text: str
    context: str = ""
    start: int = field(default=0, compare=False)

    @property
    def embedded(self) -> str:
        return self.context + self.text


def chunks_of_row(columns: Sequence[str], texts: Sequence[str], how: Chunking, offsets: Offsets) -> list[Chunk]:
    """The chunks of one row, of which each column has a text. A row without any text has none."""
    row = dict(zip(columns, texts, strict=True))
    context = _NAMED.sub(lambda name: row.get(name[1], ""), how.context)[:_CONTEXT_CHARACTERS]
    body = "\n\n".join(text for name, text in row.items() if name not in how.named and text.strip())
    return [Chunk(chunk.text, context + chunk.context) for chunk in chunks(body, how, offsets)]


def chunks(text: str, how: Chunking, offsets: Offsets) -> list[Chunk]:
    """Chunks in the order of the text: no two are more than `overlap` in common, and only blanks are left out."""
    match how.by:
        case "none":
            return _taken(text, [(0, len(text))])
        case "characters":
            return _taken(
                text, [(max(start - how.overlap, 0), end) for start, end in _windows(0, len(text), how, text)]
            )
        case "tokens":
            return _taken(text, _by_tokens(text, how, offsets))
        case "markdown":
            return [
                Chunk(chunk.text, title, start + chunk.start)
                for title, start, end in _sections(text)
                for chunk in _taken(text[start:end], _by_separators(text[start:end], _RECURSIVE, how))
            ]
        case "sentences":
            return _taken(text, _by_separators(text, _SENTENCES, how))
        case "recursive":
            return _taken(text, _by_separators(text, _RECURSIVE, how))


def _taken(text: str, spans: Sequence[Span]) -> list[Chunk]:
    blanks = (len(text[start:end]) - len(text[start:end].lstrip()) for start, end in spans)
    pieces = ((text[start:end].strip(), start + blank) for (start, end), blank in zip(spans, blanks, strict=True))
    return [Chunk(piece, start=start) for piece, start in pieces if piece]


def _by_separators(text: str, separators: Sequence[re.Pattern[str]], how: Chunking) -> list[Span]:
    """Pieces as whole as they fit, put together again while they do."""
    packed: list[Span] = []
    for start, end in _pieces(text, 0, len(text), separators, how):
        if packed and end - packed[-1][0] <= how.size - how.overlap:
            packed[-1] = (packed[-1][0], end)
        else:
            packed.append((start, end))
    return _overlapping(text, packed, how)


def _pieces(text: str, start: int, end: int, separators: Sequence[re.Pattern[str]], how: Chunking) -> Iterator[Span]:
    """Spans of at most size less overlap: split at the coarsest separator that there is, and finer where it must be."""
    if end - start <= how.size - how.overlap:
        yield start, end
    elif not separators:
        yield from _windows(start, end, how, text)
    else:
        cuts = [found.end() for found in separators[0].finditer(text, start, end)]
        edges = [start, *(cut for cut in cuts if start < cut < end), end]
        for left, right in pairwise(edges):
            yield from _pieces(text, left, right, separators[1:], how)


def _windows(start: int, end: int, how: Chunking, text: str) -> list[Span]:
    """Pieces of equal length, but no mark is torn off its letter."""
    spans = []
    while start < end:
        stop = min(start + how.size - how.overlap, end)
        whole = stop
        while start + 1 < whole < end and _continues(text[whole]):
            whole -= 1
        if whole > start + 1:
            stop = whole
        spans.append((start, stop))
        start = stop
    return spans


def _continues(character: str) -> bool:
    return unicodedata.combining(character) != 0 or character in "\u200d\ufe0e\ufe0f"


def _overlapping(text: str, spans: Sequence[Span], how: Chunking) -> list[Span]:
    """Each span but the first begins up to `overlap` earlier: with a sentence if one begins there, else with a word."""
    return [(_earlier(text, before, start, how.overlap), end) for (before, _), (start, end) in _with_previous(spans)]


def _with_previous(spans: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    for index, span in enumerate(spans):
        yield (spans[index - 1] if index else span), span


def _earlier(text: str, no_further: int, start: int, overlap: int) -> int:
    earliest = max(no_further, start - overlap)
    if earliest >= start:
        return start
    for boundary in (_SENTENCE, _WORD):
        found = boundary.search(text, earliest, start)
        if found is not None and found.end() < start:
            return found.end()
    return start if _within_a_word(text, earliest) else earliest


def _within_a_word(text: str, position: int) -> bool:
    """Whether a word of a script with spaces goes on at `position`; Chinese may begin anywhere."""
    around = text[max(position - 1, 0) : position + 1]
    return len(around) == 2 and not any(letter.isspace() or _FIRST_CJK <= letter <= _LAST_CJK for letter in around)


def _by_tokens(text: str, how: Chunking, offsets: Offsets) -> list[Span]:
    """Windows of `size` tokens, of which each begins `overlap` before the end of the one before."""
    starts = [start for start, _ in offsets(text)]
    if not starts:
        return [(0, len(text))]
    starts[0] = 0
    edges = [*starts, len(text)]
    spans, first = [], 0
    while first < len(starts):
        last = min(first + how.size, len(starts))
        spans.append((edges[first], edges[last]))
        if last == len(starts):
            break
        first = last - how.overlap
    return spans


def _sections(text: str) -> Iterator[tuple[str, int, int]]:
    """The sections of a Markdown text as (headings above, start, end); headings in code are none."""
    path: list[tuple[int, str]] = []
    start, position, fence = 0, 0, ""
    for line in text.splitlines(keepends=True):
        content = line.rstrip("\r\n")
        marks = _FENCE.match(content)
        if fence:
            if marks and marks[1][0] == fence[0] and len(marks[1]) >= len(fence) and not content.strip(" `~"):
                fence = ""
        elif marks:
            fence = marks[1]
        elif heading := _HEADING.match(content):
            yield _title(path), start, position
            level = len(heading[1])
            path = [above for above in path if above[0] < level] + [(level, heading[2])]
            start = position
        position += len(line)
    yield _title(path), start, len(text)


def _title(path: Sequence[tuple[int, str]]) -> str:
    """The headings above the section's own, which is part of its text."""
    above = " › ".join(heading for _, heading in path[:-1] if heading)
    return f"{above}\n"[:_CONTEXT_CHARACTERS] if above else ""
