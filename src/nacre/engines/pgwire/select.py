"""The one kind of question that is understood: columns of one relation, where columns equal given values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from nacre.engines.pgwire.errors import SqlError
from nacre.engines.pgwire.tokens import Token, tokens


@dataclass(frozen=True)
class Parameter:
    """The parameter of this number, from 1."""

    number: int


@dataclass(frozen=True)
class Select:
    """`columns` is empty for all; `equals` holds what named columns must be; `limit` is None for all rows."""

    columns: tuple[str, ...]
    relation: str
    equals: Mapping[str, str | Parameter]
    limit: int | None = None

    @property
    def parameters(self) -> int:
        """How many parameters the statement takes."""
        return max((value.number for value in self.equals.values() if isinstance(value, Parameter)), default=0)


def parse(text: str) -> Select:
    """Take apart what postgres_fdw sends, and what people write alike. Raises SqlError 42601, 0A000."""
    return _parsed_before(text) if len(text) <= _REMEMBERED else _parse(text)


def _parse(text: str) -> Select:
    reader = _Reader(tokens(text))
    reader.word("select")
    columns: list[str] = []
    if not reader.symbol_if("*"):
        columns.append(reader.column())
        while reader.symbol_if(","):
            columns.append(reader.column())
    reader.word("from")
    relation = reader.column()
    reader.alias()
    equals: dict[str, str | Parameter] = {}
    if reader.word_if("where"):
        reader.conditions(equals)
    limit = reader.limit()
    reader.symbol_if(";")
    reader.end()
    return Select(tuple(columns), relation, MappingProxyType(equals), limit)


_REMEMBERED = 500
_parsed_before = lru_cache(1000)(_parse)


class _Reader:
    def __init__(self, all_tokens: list[Token]) -> None:
        self._tokens = all_tokens
        self._at = 0

    def word(self, word: str) -> None:
        if not self.word_if(word):
            raise self._unexpected()

    def word_if(self, word: str) -> bool:
        found = self._peek()
        if found is not None and found.is_word(word):
            self._at += 1
            return True
        return False

    def symbol_if(self, symbol: str) -> bool:
        found = self._peek()
        if found is not None and found.is_symbol(symbol):
            self._at += 1
            return True
        return False

    def column(self) -> str:
        """A name, of which only the last part matters: `r1.answer` is `answer`."""
        name = self._name()
        while self.symbol_if("."):
            name = self._name()
        return name

    def alias(self) -> None:
        found = self._peek()
        if self.word_if("as") or (
            found is not None and found.kind in ("word", "name") and found.value not in ("where", "limit")
        ):
            self._name()

    def conditions(self, equals: dict[str, str | Parameter]) -> None:
        """Conditions joined by `and`, within any parentheses."""
        opened = 0
        while True:
            while self.symbol_if("("):
                opened += 1
            self._condition(equals)
            while opened and self.symbol_if(")"):
                opened -= 1
            if not self.word_if("and"):
                break
        if opened:
            raise self._unexpected()

    def _condition(self, equals: dict[str, str | Parameter]) -> None:
        column = self.column()
        self._cast()
        if not self.symbol_if("="):
            raise self._unexpected()
        if column in equals:
            raise SqlError("0A000", f"Column “{column}” is compared twice.")
        equals[column] = self._value()

    def limit(self) -> int | None:
        if not self.word_if("limit"):
            return None
        found = self._next()
        self._cast()
        if found.kind != "number" or not found.value.isdigit():
            raise self._unexpected()
        return int(found.value)

    def end(self) -> None:
        if self._peek() is not None:
            raise self._unexpected()

    def _value(self) -> str | Parameter:
        opened = self.symbol_if("(")
        found = self._next()
        if found.kind == "parameter":
            if found.value == "0":
                raise SqlError("42P02", "There is no parameter $0.")
            value: str | Parameter = Parameter(int(found.value))
        elif found.kind in ("text", "number"):
            value = found.value
        else:
            self._at -= 1
            raise self._unexpected()
        self._cast()
        if opened and not self.symbol_if(")"):
            raise self._unexpected()
        return value

    def _cast(self) -> None:
        while self.symbol_if("::"):
            self.column()

    def _name(self) -> str:
        found = self._next()
        if found.kind not in ("word", "name"):
            self._at -= 1
            raise self._unexpected()
        return found.value

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> Token:
        found = self._peek()
        if found is None:
            raise self._unexpected()
        self._at += 1
        return found

    def _unexpected(self) -> SqlError:
        found = self._peek()
        near = f"at “{found.value:.40}”" if found is not None else "at its end"
        return SqlError(
            "42601",
            f"This is not a statement that is understood here, {near}.",
            hint="What is understood: SELECT columns FROM relation WHERE column = value.",
        )
