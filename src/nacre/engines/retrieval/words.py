"""Words of English, Chinese and Japanese for SQLite's FTS5, which by itself finds no word in text without spaces.

Runs of Chinese, Japanese or Korean become overlapping pairs of characters (as Lucene's CJKAnalyzer makes them), so that
each word of two characters is a term of its own; the last character stands alone too, so that any single one is the
beginning of some term. All else is left to the tokenizer, which is to be "porter unicode61".
"""

import re
import unicodedata
from itertools import pairwise

TOKENIZER = "porter unicode61 remove_diacritics 2"
_CJK = "\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_CJK}]+")
_WORD = re.compile(r"[^\W_]+")
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


def match(query: str) -> str | None:
    """The FTS5 expression that finds any word of a query, None when there is none to be found.

    The commonest English words are left out unless there are no others: they cost the most and say the least.
    """
    words: dict[str, str] = {}
    for word in _WORD.findall(_RUN.sub(" ", _plain(query))):
        words.setdefault(word.lower(), f'"{word.lower()}"')
    telling = {word: term for word, term in words.items() if word not in _COMMON}
    for run in _RUN.findall(_plain(query)):
        for term in _sought(run):
            telling.setdefault(term, term)
    return " OR ".join(list((telling or words).values())[:_MOST_TERMS]) or None


def _plain(text: str) -> str:
    """Full-width letters, ligatures and the like as their plain forms; halves of characters become question marks."""
    return unicodedata.normalize("NFKC", text.encode(errors="replace").decode())


def _pairs(run: str) -> list[str]:
    return [*(first + second for first, second in pairwise(run)), run[-1]]


def _sought(run: str) -> list[str]:
    return [f'"{run}"*'] if len(run) == 1 else [f'"{first}{second}"' for first, second in pairwise(run)]
