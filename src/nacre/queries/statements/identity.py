"""How a statement is named in a call: by its database and the number that Postgres knows it by."""

import re

from nacre.core.errors import NotFound

_ID = re.compile(r"([0-9]{1,10})-([0-9a-f]{16})")
_WIDTH = 1 << 64


def written(database_id: int, query_id: int) -> str:
    return f"{database_id}-{query_id % _WIDTH:016x}"


def read(id_: str) -> tuple[int, int]:
    """The database's oid and the statement's number. Raises NotFound "statement-not-found"."""
    found = _ID.fullmatch(id_)
    if found is None:
        raise not_found(id_)
    number = int(found[2], 16)
    return int(found[1]), number - _WIDTH if number >= _WIDTH // 2 else number


def not_found(id_: str) -> NotFound:
    return NotFound(
        "statement-not-found",
        f"No statement “{id_:.40}” is counted here.",
        hint="`nacre statement list` shows those there are; rare ones make room for others.",
    )
