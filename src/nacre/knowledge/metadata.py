"""What may be said of a document beside its text: JSON that any database keeps and every answer can carry. Pure."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from nacre.core.errors import InvalidInput

MOST_BYTES = 64 << 10
_DEEPEST = 32


def check_metadata(document: str, metadata: Mapping[str, JsonValue]) -> None:
    """Raises InvalidInput "bad-metadata"."""
    if not metadata:
        return
    if _deeper(dict(metadata), _DEEPEST):
        raise _bad(document, f"is nested more than {_DEEPEST} deep")
    try:
        size = len(json.dumps(metadata, ensure_ascii=False, allow_nan=False).encode())
    except UnicodeEncodeError:
        raise _bad(document, "holds half a character") from None
    except ValueError:
        raise _bad(document, "holds a number that is not finite") from None
    if size > MOST_BYTES:
        raise _bad(document, f"has {size:,} bytes, and may have {MOST_BYTES:,}")


def _deeper(value: JsonValue, than: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(each, dict | list) and (than <= 1 or _deeper(each, than - 1)) for each in inner)


def _bad(document: str, what: str) -> InvalidInput:
    return InvalidInput(
        "bad-metadata",
        f"The metadata of “{document[:200]}” {what}.",
        hint="It is what searches are filtered by; what is long belongs in the text.",
    )
