"""What people type into a query box, read as conditions.

`timeout`                 a word, whatever its case; several words are all to be in the line
`"connection reset"`      a phrase
`status=500`              a field of JSON or name=value; `msg="two words"`
`*part*`                  text within words as well
`/time(d )?out/`          a regular expression (RE2), a / in it written \\/
`-word`, `-/.../` …       lines without it
"""

import re

from nacre.engines.logs.query import Condition, Expression, Field, Not, Part, Phrase, QueryRefused

MOST_CHARACTERS = 1000

_NAME = r"[A-Za-z_@][\w@.-]*"
_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_ASKED = re.compile(
    rf"""\s*(?P<not>-?)(?:
      /(?P<pattern>(?:[^/\\]|\\.)+)/(?=\s|$)
    | (?P<name>{_NAME})=(?:{_QUOTED.replace("(", "(?P<quoted_value>", 1)}|(?P<value>[^\s"]*))(?=\s|$)
    | {_QUOTED.replace("(", "(?P<phrase>", 1)}
    | \*(?P<part>[^*\s]+)\*(?=\s|$)
    | (?P<word>[^\s"]+)
    )""",
    re.VERBOSE,
)


def asked(text: str) -> tuple[Condition, ...]:
    """The conditions in `text`; none in a blank one. Raises QueryRefused."""
    if len(text) > MOST_CHARACTERS:
        raise QueryRefused(f"A query has at most {MOST_CHARACTERS} characters; this one has {len(text)}.")
    conditions: list[Condition] = []
    at, text = 0, text.rstrip()
    while at < len(text):
        found = _ASKED.match(text, at)
        if not found:
            raise QueryRefused(f"{text[at:].strip()!r} cannot be read: a quotation mark is not closed.")
        condition = _condition(found)
        if condition is not None:
            conditions.append(Not(condition) if found["not"] else condition)
        at = found.end()
    return tuple(conditions)


def _condition(found: "re.Match[str]") -> Condition | None:
    if found["pattern"] is not None:
        expression = Expression(found["pattern"].replace("\\/", "/"))
        _ = expression.compiled
        return expression
    if found["name"] is not None:
        quoted = found["quoted_value"]
        return Field(found["name"], found["value"] if quoted is None else _unquoted(quoted))
    if found["part"] is not None:
        return Part(found["part"])
    sought = found["word"] if found["phrase"] is None else _unquoted(found["phrase"])
    return Phrase(sought) if sought else None


def _unquoted(text: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", text)
