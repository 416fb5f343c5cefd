"""Hides the literals that a word such as password or token stands before: of SQL, of JSON, of addresses.

What follows such a word is hidden: a literal, also over several lines or given to `crypt(…)`, the value in
`password=…`, and what an address has between user and host. Values whose names stand elsewhere: unnamed.py.
"""

import re

HIDDEN = b"***"
HINTS = (
    b"passw", b"pwd", b"passphrase", b"passcode", b"secret", b"token", b"api", b"access", b"private", b"encryption", b"://",
    b"bearer", b"crypt(", b"unterminated",
)  # fmt: skip
"""A text without any of them, which most are, is looked at no further."""
NAME = rb"(?:passw(?:or)?d|pwd|passphrase|passcode|secret|token|(?:api|access|private|secret|encryption)[_-]?key)"
_CALLED = rb"(?:[\w.]{0,60}\(\s{0,8}){0,3}"
"""What the literal is given to: `crypt(`, `encode(digest(`, or just a parenthesis."""
_BETWEEN = (
    rb"(?:::\w{1,30})?(?:\\?[\"']\s{0,8},|\\?[\"'])?\s{0,8}(?:/\*[^*]{0,100}\*/\s{0,8})?"
    rb"(?:(?:<>|!=|:=|=>|=|:|!?~\*?"
    rb"|(?:to|(?:not\s)?i?like|is(?:\snot)?\sdistinct\sfrom|is)\s|(?:not\s)?in(?=\s{0,8}\())\s{0,8}" + _CALLED + rb")?"
)
_SECRET = re.compile(
    rb"(?=[pstaecub:])"  # what all of these begin with: nothing else is tried at most letters
    rb"(?:(?:" + NAME + _BETWEEN + rb"|\bcrypt\(\s{0,8})"
    rb"(?P<quote>''(?=[^\s,;)'])|e'|(?:u&|[nbx])?'|\$\w{0,60}\$)"
    rb"|" + NAME + rb"(?:(?:\\?[\"'])?\s{0,8}(?:=>|:=|=|:)\s{0,8}(?P<marks>\\?\")"
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
LEFT = re.compile(NAME + _BETWEEN + rb"$", re.IGNORECASE)
_FIELD = re.compile(NAME.decode() + "$", re.IGNORECASE)
_ESCAPED = {b"e'": re.compile(rb"(?:[^'\\]|\\.|'')*", re.DOTALL), b'"': re.compile(rb'(?:[^"\\]|\\.)*', re.DOTALL)}


def hinted(text: bytes) -> bool:
    """Whether there may be something to hide at all."""
    lowered = text.lower()
    return any(hint in lowered for hint in HINTS)


def masked(text: bytes, opened: bytes = b"") -> tuple[bytes, bytes]:
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


def is_name(name: str) -> bool:
    """Whether what a field of this name holds is a secret."""
    return _FIELD.search(name) is not None


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
    return text.find(quote, at)
