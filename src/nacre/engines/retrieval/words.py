"""Words of English, Chinese and Japanese for full-text indexes, which by themselves find none in text without spaces.

Runs of Chinese, Japanese or Korean become overlapping pairs of characters (as Lucene's CJKAnalyzer makes them), so that
each word of two characters is a term of its own; the last character stands alone too, so that any single one is the
beginning of some term. All else is left to the index, which is to find English words by their stems: SQLite's FTS5 by
its tokenizer "porter unicode61", and PostgreSQL by a dictionary of the same kind.
"""

import re
import unicodedata
from itertools import pairwise
from typing import NamedTuple

TOKENIZER = "porter unicode61 remove_diacritics 2"
_CJK = "\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_CJK}]+")
_WORD = re.compile(r"[^\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_MOST_TERMS = 200
_COMMON = frozenset(
    """
    a about above after again all also am an and any are as at be because been before being between
    both but by can could did do does doing down during each few for from further had has have
    having he her here hers him his how i if in into is it its itself just me more most my no nor
    not of off on once only or other our out over own same she should so some such than that the
    their them then there these they this those through to too under until up very was we were what
    when where which while who whom why will with would you your
    """.split()  # noqa: SIM905
)


def indexed(text: str) -> str:
    """`text` as the index is to hold it."""
    return _RUN.sub(lambda run: f" {' '.join(_pairs(run[0]))} ", _plain(text))


class Term(NamedTuple):
    """What a passage has to have: the word, or any that begins with it."""

    word: str
    beginning: bool = False


def spaced(text: str) -> str:
    """As `indexed`, and without all that is no word, for an index that would see more in it (addresses, versions)."""
    return " ".join(_WORD.findall(_bare(indexed(text))))


def sought(query: str, *, bare: bool = False) -> list[Term]:
    """The words of a query, any of which is to be found; `bare` of their accents, as those of `spaced` are.

    The commonest English words are left out unless there are no others: they cost the most and say the least.
    """
    plain = _bare(_plain(query)) if bare else _plain(query)
    words = dict.fromkeys(Term(word.lower()) for word in _WORD.findall(_RUN.sub(" ", plain)))
    telling = dict.fromkeys(term for term in words if term.word not in _COMMON)
    telling |= dict.fromkeys(term for run in _RUN.findall(plain) for term in _terms(run))
    return list(telling or words)[:_MOST_TERMS]


def match(query: str) -> str | None:
    """The FTS5 expression that finds any word of a query, None when there is none to be found."""
    return " OR ".join(f'"{word}"*' if beginning else f'"{word}"' for word, beginning in sought(query)) or None


def _plain(text: str) -> str:
    """Full-width letters, ligatures and the like as their plain forms; halves of characters become question marks."""
    return unicodedata.normalize("NFKC", text.encode(errors="replace").decode())


def _pairs(run: str) -> list[str]:
    return [*(first + second for first, second in pairwise(run)), run[-1]]


def _terms(run: str) -> list[Term]:
    return [Term(run, True)] if len(run) == 1 else [Term(first + second) for first, second in pairwise(run)]


def _bare(text: str) -> str:
    """Without the accents of European letters; marks of kana are letters' own, and stay."""
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))
