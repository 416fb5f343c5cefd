"""Which tables a question is about: by the words in names, comments and values, as far as they are alike.

Words are compared by their trigrams, as pg_trgm does; Chinese by its pairs of characters, since it has no spaces.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from nacre.llm.asking.schema import Column, Schema, Table

_WORD = re.compile(r"[a-z0-9äöüßéèêàáíóúñç]+|[\u4e00-\u9fff]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_ALIKE = 0.5
_READ = 2_000
"""What of a question is looked for in names: each of its words is compared with each of them."""

_SHOWN_VALUES = 6
_FEW = 12
"""So many tables are all shown: nothing is gained by leaving some out."""


def link(schema: Schema, question: str, most: int = 16) -> tuple[Table, ...]:
    """The tables to show, those that fit best first, with the ones that join them; of values those alike the question.

    All tables where there are few. `most` bounds how many.
    """
    asked = words(question[:_READ])
    scored = sorted(((_score(table, asked), -place) for place, table in enumerate(schema.tables)), reverse=True)
    chosen = [schema.tables[-place] for score, place in scored if score > 0 or len(schema.tables) <= _FEW][:most]
    chosen += [table for table in _joining(schema.tables, chosen) if table not in chosen][: most - len(chosen)]
    if not chosen:
        chosen = list(schema.tables[:most])
    return tuple(_with_fitting_values(table, asked) for table in chosen)


def similarity(a: str, b: str) -> float:
    """How alike two words are, from 0 to 1: the share of trigrams that they have in common. (pg_trgm)"""
    ours, theirs = _trigrams(a), _trigrams(b)
    both = len(ours & theirs)
    return both / (len(ours) + len(theirs) - both) if both else 0.0


def words(text: str) -> frozenset[str]:
    """The words of a question, a name or a comment in lower case; of Chinese its pairs of characters."""
    found: set[str] = set()
    for word in _WORD.findall(_CAMEL.sub(" ", text).lower()):
        if _CJK.match(word):
            found.update(word[at : at + 2] for at in range(max(len(word) - 1, 1)))
        else:
            found.add(word)
    return frozenset(found)


def _score(table: Table, asked: frozenset[str]) -> float:
    own = 4.0 * _shared(asked, words(table.name)) + 2.0 * _shared(asked, words(table.comment))
    for column in table.columns:
        own += 1.5 * _shared(asked, words(column.name)) + _shared(asked, words(column.comment))
        own += 2.0 * sum(_shared(asked, words(value)) > 0 for value in column.values[:40])
    return own


def _shared(asked: Iterable[str], known: frozenset[str]) -> float:
    """How much of what is known is asked for; words that are only alike count as much as they are."""
    total = 0.0
    for word in known:
        best = max((1.0 if word == each else similarity(word, each) for each in asked), default=0.0)
        total += best if best >= _ALIKE else 0.0
    return total


def _joining(tables: Sequence[Table], chosen: Sequence[Table]) -> list[Table]:
    """Tables that lie between two chosen ones, then those that chosen ones refer to."""
    names = {table.called for table in chosen}
    between = [table for table in tables if len({there for _, there, _ in table.links} & names) > 1]
    referred = {there for table in chosen for _, there, _ in table.links}
    return between + [table for table in tables if table.called in referred]


def _with_fitting_values(table: Table, asked: frozenset[str]) -> Table:
    return replace(table, columns=tuple(_fitting(column, asked) for column in table.columns))


def _fitting(column: Column, asked: frozenset[str]) -> Column:
    """Values alike what is asked first, then the common ones, a few in all."""
    ranked = sorted(column.values, key=lambda value: -_shared(asked, words(value)))
    return replace(column, values=tuple(ranked[:_SHOWN_VALUES]))


@lru_cache(maxsize=50_000)
def _trigrams(word: str) -> frozenset[str]:
    padded = f"  {word} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))
