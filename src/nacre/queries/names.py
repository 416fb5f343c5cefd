"""How a table is named in a call: `orders`, `sales.orders`, `"Odd name"."a.b"`."""

import re
from dataclasses import dataclass

from psycopg.sql import Identifier

from nacre.core.errors import InvalidInput

DEFAULT_SCHEMA = "public"
_PART = re.compile(r'"((?:[^"\0]|"")+)"|([^".\0\s][^".\0]*)')
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, order=True)
class TableName:
    schema: str
    name: str

    def __str__(self) -> str:
        table = written(self.name)
        return table if self.schema == DEFAULT_SCHEMA else f"{written(self.schema)}.{table}"

    @property
    def sql(self) -> Identifier:
        return Identifier(self.schema, self.name)


def parse_table(text: str) -> TableName:
    """Read a table's name; letters keep their case, and without a schema it is “public”.

    Raises InvalidInput "bad-table-name".
    """
    parts: list[str] = []
    position = 0
    while match := _PART.match(text, position):
        quoted, plain = match.groups()
        parts.append(quoted.replace('""', '"') if quoted is not None else plain)
        position = match.end()
        if position == len(text):
            break
        if text[position] != "." or len(parts) == 2:
            raise _unreadable(text)
        position += 1
    if position != len(text) or not parts or text.endswith("."):
        raise _unreadable(text)
    return TableName(*parts) if len(parts) == 2 else TableName(DEFAULT_SCHEMA, parts[0])


def written(name: str) -> str:
    """One part of a name, in double quotes where it needs them."""
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _unreadable(text: str) -> InvalidInput:
    return InvalidInput(
        "bad-table-name",
        f"“{text:.100}” does not name a table.",
        hint='Write orders, sales.orders or, with odd letters, "Odd name"."a.b".',
    )
