"""The text of a statement without what was written into it: people who may look at one may not know its values.

Postgres counts queries with $1 in place of values, but commands such as `ALTER ROLE … PASSWORD '…'`, and now and then a
query that it met in a hurry, as they were written.
"""

import re

MASK = "?"
_TOKEN = re.compile(
    r"""
      (?P<escaped>[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z))
    | (?P<plain>'(?:[^']|'')*(?:'|\Z))
    | (?P<dollars>\$(?P<tag>[^\W\d]\w*|)\$.*?(?:\$(?P=tag)\$|\Z))
    | (?P<name>"(?:[^"]|"")*(?:"|\Z))
    | (?P<line>--[^\n]*)
    | (?P<block>/\*)
    | (?P<parameter>\$\d+)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\d[\w.]*|\.\d[\w.]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")
_SETTING = re.compile(r"\s*(?:SET|ALTER)\b.*?\bSET\s+|\s*SET\s+", re.IGNORECASE | re.DOTALL)
_VALUE = re.compile(r"(?:\bTO\b|=).*", re.IGNORECASE | re.DOTALL)


def masked(text: str) -> str:
    """The statement with ? for each string and number, and without comments."""
    parts: list[str] = []
    at = 0
    while found := _TOKEN.search(text, at):
        parts.append(text[at : found.start()])
        at = found.end()
        match found.lastgroup if found.lastgroup != "tag" else "dollars":
            case "escaped" | "dollars" | "number":
                parts.append(MASK)
            case "plain":
                parts.append(MASK)
                # Where backslashes escape in all strings (an old setting), this may not have been its end.
                if "\\'" in found[0]:
                    return "".join(parts)
            case "line":
                pass
            case "block":
                at = _after_comment(text, at)
            case _:
                parts.append(found[0])
    parts.append(text[at:])
    return _without_settings("".join(parts))


def _after_comment(text: str, at: int) -> int:
    """Where a block comment ends, which may hold others."""
    depth = 1
    for mark in _COMMENT.finditer(text, at):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return mark.end()
    return len(text)


def _without_settings(text: str) -> str:
    """`SET app.key TO secret` says its value without quotes."""
    if (setting := _SETTING.match(text)) is None:
        return text
    value = _VALUE.search(text, setting.end())
    return text if value is None else f"{text[: value.start()].rstrip()} = {MASK}"
