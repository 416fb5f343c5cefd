"""Hides secrets in whole texts and in what is told as JSON, each text by itself."""

from typing import Any

from nacre.core.masking import named, unnamed
from nacre.core.masking.named import HIDDEN, is_name, masked
from nacre.core.masking.unnamed import Begun

_HINTS = (*named.HINTS, *unnamed.HINTS)
_SHORTEST = len("pwd=x")


def masked_text(text: str) -> str:
    """As it may be kept."""
    if len(text) < _SHORTEST:
        return text
    said = text.encode(errors="surrogatepass")
    lowered = said.lower()
    if not any(map(lowered.__contains__, _HINTS)):
        return text
    begin, end = Begun().values_in(said)
    if begin >= 0:
        said = said[:begin] + HIDDEN + said[end:]
    return masked(said)[0].decode(errors="surrogatepass")


def masked_value(value: Any, name: str = "") -> Any:
    """Of JSON's values, with all that a field of such a name holds."""
    match value:
        case str() if value and is_name(name):
            return HIDDEN.decode()
        case str():
            return masked_text(value)
        case list():
            return [masked_value(each, name) for each in value]
        case dict():
            return {key: masked_value(each, key) for key, each in value.items()}
    return value
