"""The words of a statement, as PostgreSQL's own scanner takes them apart."""

import re
from dataclasses import dataclass
from typing import Literal

from nacre.engines.pgwire.errors import SqlError

Kind = Literal["word", "name", "text", "number", "parameter", "symbol"]
_MOST_TOKENS = 10_000
_SPACE = re.compile(r"(?:\s+|--[^\n]*)+")
_WORD = re.compile(r"[^\W\d][\w$]*")
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_PARAMETER = re.compile(r"\$(\d{1,5})(?!\w)")
_DOLLAR = re.compile(r"\$(?:[^\W\d]\w*)?\$")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)


@dataclass(frozen=True)
class Token:
    """`value` is a word in lower case, a quoted name or text as it is meant, a parameter's number, or the symbol.

    `start` and `end` are where it lies in the statement.
    """

    kind: Kind
    value: str
    start: int
    end: int

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.value == word

    def is_symbol(self, symbol: str) -> bool:
        return self.kind == "symbol" and self.value == symbol


def tokens(text: str) -> list[Token]:
    """Raises SqlError 42601 for a quotation or comment without an end, 54001 for more words than anybody would read."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        space = _SPACE.match(text, at)
        if space:
            at = space.end()
        elif text.startswith("/*", at):
            at = _after_comment(text, at)
        else:
            if len(found) == _MOST_TOKENS:
                raise SqlError("54001", f"A statement of more than {_MOST_TOKENS} words is not taken.")
            found.append(_token(text, at))
            at = found[-1].end
    return found


def parts(text: str) -> list[str]:
    """The statements of a simple query, without those that are empty."""
    statements, start, says_something = [], 0, False
    for token in [*tokens(text), Token("symbol", ";", len(text), len(text))]:
        if not token.is_symbol(";"):
            says_something = True
            continue
        if says_something:
            statements.append(text[start : token.start].strip())
        start, says_something = token.end, False
    return statements


def _token(text: str, at: int) -> Token:
    first, second = text[at], text[at + 1 : at + 2]
    if first == "'":
        return _quoted(text, at, at + 1, "'", "text")
    if first in "eE" and second == "'":
        return _escaped(text, at)
    if first == '"':
        return _quoted(text, at, at + 1, '"', "name")
    if first == "$":
        parameter = _PARAMETER.match(text, at)
        if parameter:
            return Token("parameter", parameter[1], at, parameter.end())
        tag = _DOLLAR.match(text, at)
        if tag:
            end = text.find(tag[0], tag.end())
            if end < 0:
                raise _unended("dollar-quoted text")
            return Token("text", text[tag.end() : end], at, end + len(tag[0]))
    word = _WORD.match(text, at)
    if word:
        return Token("word", word[0].lower(), at, word.end())
    number = _NUMBER.match(text, at)
    if number:
        return Token("number", number[0], at, number.end())
    if text.startswith("::", at):
        return Token("symbol", "::", at, at + 2)
    return Token("symbol", first, at, at + 1)


def _quoted(text: str, start: int, at: int, quote: str, kind: Kind) -> Token:
    parts = []
    while True:
        end = text.find(quote, at)
        if end < 0:
            raise _unended("quotation")
        parts.append(text[at:end])
        if not text.startswith(quote, end + 1):
            return Token(kind, quote.join(parts), start, end + 1)
        at = end + 2


def _escaped(text: str, start: int) -> Token:
    at = start + 2
    while at < len(text):
        if text[at] == "\\" or text.startswith("''", at):
            at += 2
        elif text[at] == "'":
            inner = text[start + 2 : at].replace("''", "'")
            return Token("text", _ESCAPE.sub(_unescaped, inner), start, at + 1)
        else:
            at += 1
    raise _unended("quotation")


def _unescaped(found: "re.Match[str]") -> str:
    four, eight, hexadecimal, octal, other = found.groups()
    if other is not None:
        return _ESCAPES.get(other, other)
    code = int(octal, 8) if octal else int(four or eight or hexadecimal, 16)
    if code == 0 or code > 0x10FFFF:
        raise SqlError("22P05", "This escape stands for no character.")
    return chr(code)


def _after_comment(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        if text.startswith("/*", at):
            depth, at = depth + 1, at + 2
        elif text.startswith("*/", at):
            depth, at = depth - 1, at + 2
            if depth == 0:
                return at
        else:
            at += 1
    raise _unended("comment")


def _unended(what: str) -> SqlError:
    return SqlError("42601", f"A {what} has no end.")
