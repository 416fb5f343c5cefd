"""The statements that the server answers itself, of whatever backend: transactions, cursors, settings."""

from dataclasses import dataclass
from functools import lru_cache

from nacre.engines.pgwire.errors import SqlError
from nacre.engines.pgwire.tokens import Token, parts, tokens

ALL = 1 << 62
"""As a number of rows: all that are left."""


@dataclass(frozen=True)
class Begin:
    pass


@dataclass(frozen=True)
class Commit:
    pass


@dataclass(frozen=True)
class Rollback:
    pass


@dataclass(frozen=True)
class Savepoint:
    name: str


@dataclass(frozen=True)
class Release:
    name: str


@dataclass(frozen=True)
class RollbackTo:
    name: str


@dataclass(frozen=True)
class Declare:
    """`query` is what the cursor runs over."""

    cursor: str
    query: str


@dataclass(frozen=True)
class Fetch:
    """`forgets`: MOVE, which gives no rows."""

    cursor: str
    count: int
    forgets: bool


@dataclass(frozen=True)
class Close:
    """`cursor` is None for all of them."""

    cursor: str | None


@dataclass(frozen=True)
class Set:
    name: str
    value: str


@dataclass(frozen=True)
class Reset:
    """`name` is None for all settings."""

    name: str | None


@dataclass(frozen=True)
class Discard:
    pass


@dataclass(frozen=True)
class Show:
    name: str


@dataclass(frozen=True)
class Deallocate:
    """`name` is None for all of them."""

    name: str | None


@dataclass(frozen=True)
class Nothing:
    """Something that clients say between their tasks and that means nothing here; `tag` is what it is answered with."""

    tag: str


@dataclass(frozen=True)
class Constant:
    """What clients ask to hear whether anybody is there."""

    column: str
    value: str


@dataclass(frozen=True)
class Query:
    """All else: the backend's."""

    text: str


Statement = (
    Begin | Commit | Rollback | Savepoint | Release | RollbackTo | Declare | Fetch | Close | Set | Reset | Discard
    | Show | Deallocate | Nothing | Constant | Query
)  # fmt: skip


def split(text: str) -> tuple[str, ...]:
    """The statements of a simple query, without those that are empty. Raises SqlError 42601, 54001."""
    return _split_before(text) if len(text) <= _REMEMBERED else tuple(parts(text))


def read(text: str) -> Statement | None:
    """What one statement is; None for none at all. Raises SqlError 42601, 0A000, 54001."""
    return _read_before(text) if len(text) <= _REMEMBERED else _read(text)


def _read(text: str) -> Statement | None:
    words = tokens(text)
    if words and words[-1].is_symbol(";"):
        words = words[:-1]
    if not words:
        return None
    first = words[0].value if words[0].kind == "word" else ""
    rest = words[1:]
    match first:
        case "select":
            return _CONSTANTS.get(" ".join(word.value for word in rest[:5])) or Query(text)
        case "begin" | "start":
            return Begin()
        case "commit" | "end":
            return Commit()
        case "rollback" | "abort":
            return _rollback(rest)
        case "savepoint":
            return Savepoint(_name(rest))
        case "release":
            return Release(_name(_without(rest, "savepoint")))
        case "declare":
            return _declare(text, rest)
        case "fetch" | "move":
            return _fetch(rest, forgets=first == "move")
        case "close":
            return Close(_name_or_all(rest))
        case "deallocate":
            return Deallocate(_name_or_all(_without(rest, "prepare")))
        case "set":
            return _set(text, rest)
        case "reset":
            return Reset(None if len(rest) == 1 and rest[0].is_word("all") else _setting(rest))
        case "show":
            return Show(_setting(rest))
        case "discard":
            return Discard()
        case "unlisten":
            return Nothing("UNLISTEN")
        case _:
            return Query(text)


_REMEMBERED = 500
"""Clients say the same few things over and over; statements of so many characters are taken apart once."""
_split_before = lru_cache(1000)(lambda text: tuple(parts(text)))
_read_before = lru_cache(1000)(_read)
_CONSTANTS = {
    "1": Constant("?column?", "1"),
    "version ( )": Constant("version", "PostgreSQL 15.0 (Nacre)"),
    "pg_advisory_unlock_all ( )": Constant("pg_advisory_unlock_all", ""),
}


def _rollback(rest: list[Token]) -> Statement:
    rest = _without(_without(rest, "work"), "transaction")
    if rest and rest[0].is_word("to"):
        return RollbackTo(_name(_without(rest[1:], "savepoint")))
    return Rollback()


def _declare(text: str, rest: list[Token]) -> Declare:
    for number, token in enumerate(rest):
        if token.is_word("for"):
            return Declare(_name(rest[:1]), text[token.end :].strip())
        if number > 6:
            break
    raise _unclear("DECLARE name CURSOR FOR query")


def _fetch(rest: list[Token], *, forgets: bool) -> Fetch:
    count = 1
    if rest and rest[0].is_word("forward"):
        rest = rest[1:]
    if rest and rest[0].kind == "number" and rest[0].value.isdigit():
        count, rest = int(rest[0].value), rest[1:]
    elif rest and rest[0].is_word("all"):
        count, rest = ALL, rest[1:]
    elif rest and rest[0].is_word("next"):
        rest = rest[1:]
    if rest and rest[0].kind == "word" and rest[0].value in ("from", "in"):
        rest = rest[1:]
    if len(rest) != 1:
        raise SqlError("0A000", "A cursor only goes forward here.", hint="FETCH n FROM name, or FETCH ALL FROM name.")
    return Fetch(_name(rest), count, forgets)


def _set(text: str, rest: list[Token]) -> Statement:
    if rest and rest[0].kind == "word" and rest[0].value in ("session", "local"):
        rest = rest[1:]
    if (rest and rest[0].is_word("transaction")) or (rest and rest[0].is_word("characteristics")):
        return Nothing("SET")
    for number, token in enumerate(rest):
        if token.is_symbol("=") or token.is_word("to"):
            values = rest[number + 1 :]
            value = values[0].value if len(values) == 1 else text[token.end :].strip()
            if len(values) == 1 and values[0].is_word("default"):
                return Reset(_setting(rest[:number]))
            return Set(_setting(rest[:number]), value)
    if rest and rest[0].is_word("time"):
        return Nothing("SET")
    raise _unclear("SET name = value")


def _setting(words: list[Token]) -> str:
    if not words:
        raise _unclear("SHOW name")
    return "".join(word.value for word in words).lower()


def _without(words: list[Token], word: str) -> list[Token]:
    return words[1:] if words and words[0].is_word(word) else words


def _name_or_all(rest: list[Token]) -> str | None:
    return None if len(rest) == 1 and rest[0].is_word("all") else _name(rest)


def _name(rest: list[Token]) -> str:
    if len(rest) != 1 or rest[0].kind not in ("word", "name"):
        raise _unclear("one name")
    return rest[0].value


def _unclear(form: str) -> SqlError:
    return SqlError("42601", f"This statement is not understood; its form is: {form}.")
