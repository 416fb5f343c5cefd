"""What is asked of a log: conditions that a line meets all of. Each says which words such a line certainly has."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from nacre.engines.logs import fields
from nacre.engines.logs.folding import folded
from nacre.engines.logs.line import Level
from nacre.engines.logs.literals import literals
from nacre.engines.logs.words import certain, longest, whole, words

_MOST_EXPRESSION_BYTES = 16 << 20


class QueryRefused(ValueError):
    """A query that means nothing; its text says why and what would do."""


class Condition(Protocol):
    @property
    def words(self) -> set[bytes]:
        """Words that a line which meets it has, folded."""
        ...

    @property
    def anchor(self) -> bytes:
        """What the folded text of such a line contains; nothing where that is not known."""
        ...

    def met(self, text: bytes, plain: bytes) -> bool:
        """Whether a line of this text, folded to `plain`, meets it."""
        ...


@dataclass(frozen=True)
class Phrase:
    """A word, or several as they stand; upper and lower case are the same. It begins and ends where words do."""

    text: str

    @cached_property
    def anchor(self) -> bytes:
        return folded(self.text.encode(errors="surrogateescape"))

    @cached_property
    def words(self) -> set[bytes]:
        return words(self.anchor)

    def met(self, text: bytes, plain: bytes) -> bool:
        sought = self.anchor
        at = plain.find(sought)
        while at >= 0:
            if whole(plain, at, at + len(sought)):
                return True
            at = plain.find(sought, at + 1)
        return False


@dataclass(frozen=True)
class Part:
    """Text that is anywhere in the line, also within words; upper and lower case are the same."""

    text: str

    @cached_property
    def anchor(self) -> bytes:
        return folded(self.text.encode(errors="surrogateescape"))

    @cached_property
    def words(self) -> set[bytes]:
        return certain(self.anchor)

    def met(self, text: bytes, plain: bytes) -> bool:
        return self.anchor in plain


@dataclass(frozen=True)
class Field:
    """A field of a line that is JSON, or has `name=value` in it. `a.b` is the field b of the object a."""

    name: str
    value: str

    @cached_property
    def words(self) -> set[bytes]:
        return words(folded(self.name.encode(errors="surrogateescape"))) | self._of_value

    @cached_property
    def anchor(self) -> bytes:
        return longest(self._of_value)

    @cached_property
    def _of_value(self) -> set[bytes]:
        # JSON escapes what cannot be printed by letters, which become part of the next word.
        return words(folded(self.value.encode(errors="surrogateescape"))) if self.value.isprintable() else set()

    def met(self, text: bytes, plain: bytes) -> bool:
        return fields.has(text, self.name, self.value)


@dataclass(frozen=True)
class Own(Field):
    """A field that nothing else in the line passes for: of the JSON object that the line is, written just so.

    What others put into a line, such as the path they asked for, may look like a field; this is not taken in by it.
    """

    def met(self, text: bytes, plain: bytes) -> bool:
        return fields.is_object_with(text, self.name, self.value)


@dataclass(frozen=True)
class Expression:
    """A regular expression, as RE2 has them: it takes time in step with the text, whatever it is."""

    pattern: str

    @cached_property
    def compiled(self) -> Any:
        """Raises QueryRefused."""
        return _compiled(self.pattern)

    @cached_property
    def _over_lines(self) -> Any:
        """What matches texts of which a line matches; None where other marks than `^` and `$` know ends."""
        told_apart = r"\A" in self.pattern or r"\z" in self.pattern or "(?" in self.pattern
        return None if told_apart else _compiled(f"(?m){self.pattern}")

    def may_match_in(self, texts: bytes) -> bool:
        """Whether some line of these may match: one call for a whole block in which none does."""
        return self._over_lines is None or self._over_lines.search(texts) is not None

    @cached_property
    def words(self) -> set[bytes]:
        return {word for run in literals(self.pattern) for word in certain(folded(run.encode()))}

    @property
    def anchor(self) -> bytes:
        return b""

    def met(self, text: bytes, plain: bytes) -> bool:
        return self.compiled.search(text) is not None


@dataclass(frozen=True)
class Not:
    """Lines that do not meet it."""

    condition: Condition

    @property
    def words(self) -> set[bytes]:
        return set()

    @property
    def anchor(self) -> bytes:
        return b""

    def met(self, text: bytes, plain: bytes) -> bool:
        return not self.condition.met(text, plain)


@dataclass(frozen=True)
class Query:
    """Lines that meet all `conditions`, are of level `least` or graver, and of a time from `since_ms` on and before
    `until_ms`. Without any, all lines."""

    conditions: Sequence[Condition] = ()
    least: Level = Level.UNKNOWN
    since_ms: int | None = None
    until_ms: int | None = None


def _compiled(pattern: str) -> Any:
    import re2  # takes 20 ms, and few queries have one

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_EXPRESSION_BYTES
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise QueryRefused(f"/{pattern}/ is no regular expression: {_said(error)}") from error


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else "it cannot be read"
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
