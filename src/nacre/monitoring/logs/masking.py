"""Hides passwords, keys and tokens that statements and addresses in a log spell out, before its lines are kept.

Postgres writes a statement that failed as it came, with the password that it was to set; what follows such a word is
hidden: a literal of SQL or JSON, also over several lines or given to `crypt(…)`, the value in `password=…`, and what an
address has between user and host. What no word tells of is not known for a secret: the values of an INSERT, say.
"""

import json
import re
from typing import Any

from nacre.monitoring.logs.stamp import continues

HIDDEN = b"***"
_HINTS = (
    b"passw", b"passphrase", b"passcode", b"secret", b"token", b"api", b"access", b"private", b"encryption", b"://",
    b"bearer", b"crypt(", b"unterminated",
)  # fmt: skip
"""A line without any of them is looked at no further, which is most of them."""
_NAME = rb"(?:passw(?:or)?d|passphrase|passcode|secret|token|(?:api|access|private|secret|encryption)[_-]?key)"
_CALLED = rb"(?:[\w.]{0,60}\(\s{0,8}){0,3}"
"""What the literal is given to: `crypt(`, `encode(digest(`, or just a parenthesis."""
_BETWEEN = (
    rb"(?:::\w{1,30})?(?:\\?[\"']\s{0,8},|\\?[\"'])?\s{0,8}(?:/\*[^*]{0,100}\*/\s{0,8})?"
    rb"(?:(?:<>|!=|:=|=>|=|:|!?~\*?|(?:,[\w\s,\"]{0,100})?\)=(?=\()"
    rb"|(?:to|(?:not\s)?i?like|is(?:\snot)?\sdistinct\sfrom|is)\s|(?:not\s)?in(?=\s{0,8}\())\s{0,8}" + _CALLED + rb")?"
)
_SECRET = re.compile(
    rb"(?=[pstaecub:])"  # what all of these begin with: nothing else is tried at most letters
    rb"(?:(?:" + _NAME + _BETWEEN + rb"|\bcrypt\(\s{0,8})"
    rb"(?P<quote>''(?=[^\s,;)'])|e'|(?:u&|[nbx])?'|\$\w{0,60}\$|(?<=\)=)\()"
    rb"|" + _NAME + rb"(?:(?:\\?[\"'])?\s{0,8}(?:=>|:=|=|:)\s{0,8}(?P<marks>\\?\")"
    rb"|=(?P<bare>[^\s'\"\\&,;()$*]{1,400}))"
    rb"|(?:alter|create)\s{1,8}(?:role|user)\s[^'$]{1,300}?\bpassword\s{1,8}\"?"
    rb"(?P<word>(?!null\b|/\*|(?:e|u&|[nbx])')[^\s'\"$;]{1,400})"
    rb"|unterminated [\w -]{1,40} at or near (?P<near>\"'?)"
    rb"|bearer\s{1,8}(?P<bearer>[\w.~+/=-]{16,4000})"
    rb"|://[^\s:/?#\['\"<>]{0,200}:(?P<user>[^\s/'\"<>]{1,400}|(?!\d{1,5}[/?#])[^\s@'\"<>]{1,400})@)",
    re.IGNORECASE,
)
_WHOLE = ("bare", "bearer", "user", "word")
_NEAR = b'near"'
_LEFT = re.compile(_NAME + _BETWEEN + rb"$", re.IGNORECASE)
_FIELD = re.compile(_NAME.decode() + "$", re.IGNORECASE)
_ESCAPED = {b"e'": re.compile(rb"(?:[^'\\]|\\.|'')*", re.DOTALL), b'"': re.compile(rb'(?:[^"\\]|\\.)*', re.DOTALL)}


class Mask:
    """Of one source: a literal, or what is to have one, may go on in the lines that belong to the one before."""

    def __init__(self) -> None:
        self._open = b""
        self._wanted = False

    def masked(self, line: bytes) -> bytes:
        if not self._open and not self._wanted:
            lowered = line.lower()
            if not any(hint in lowered for hint in _HINTS):
                return line
        if line.startswith(b"{"):
            return _masked_document(line)
        goes_on = continues(line) and not line[:1].isdigit()
        opened, wanted = (self._open, self._wanted) if goes_on else (b"", False)
        before = b"password " if wanted else b""
        space = line[: len(line) - len(line.lstrip())] if before or opened else b""
        shown, self._open = _masked(before + line[len(space) :], opened)
        shown = shown[len(before) :]
        self._wanted = not self._open and (_LEFT.search(line[-200:]) is not None or (wanted and not line.strip()))
        return space + shown


def _masked(text: bytes, opened: bytes = b"") -> tuple[bytes, bytes]:
    """What is shown, and the quote that is left open at the end, as `opened` was before the beginning."""
    shown: list[bytes] = []
    at = 0
    if opened:
        at = _closes(text, 0, opened)
        if at < 0:
            return HIDDEN, opened
        shown.append(HIDDEN)
    while found := _SECRET.search(text, at):
        whole = next((name for name in _WHOLE if found[name] is not None), None)
        if whole:
            shown += [text[at : found.start(whole)], HIDDEN]
            at = found.end(whole)
            continue
        quote = _NEAR if found["near"] else (found["quote"] or found["marks"]).lower()
        shown += [text[at : found.end()], HIDDEN]
        at = _closes(text, found.end(), quote)
        if at < 0:
            return b"".join(shown), quote
    return b"".join((*shown, text[at:])), b""


def _closes(text: bytes, at: int, quote: bytes) -> int:
    """Where the literal that this quote began ends, -1 where that is not in this text."""
    if quote in _ESCAPED:
        found = _ESCAPED[quote].match(text, at)
        end = found.end() if found else at
        return end if end < len(text) else -1
    if quote == _NEAR:
        return text.rfind(b'"', at)
    if quote.endswith(b"'") and quote != b"''":
        end = text.find(b"'", at)
        while end >= 0 and text[end + 1 : end + 2] == b"'":
            end = text.find(b"'", end + 2)
        return end
    return text.find(b")" if quote == b"(" else quote, at)


def _masked_document(line: bytes) -> bytes:
    """Of JSON each text by itself, so that it stays JSON."""
    try:
        document = json.loads(line)
        hidden = _within(document)
        return line if hidden == document else json.dumps(hidden, ensure_ascii=False).encode(errors="backslashreplace")
    except (ValueError, RecursionError):
        return _masked(line)[0]


def _within(value: Any, name: str = "") -> Any:
    match value:
        case str() if value and _FIELD.search(name):
            return HIDDEN.decode()
        case str():
            return _masked(value.encode(errors="surrogatepass"))[0].decode(errors="surrogatepass")
        case list():
            return [_within(each, name) for each in value]
        case dict():
            return {key: _within(each, key) for key, each in value.items()}
    return value
