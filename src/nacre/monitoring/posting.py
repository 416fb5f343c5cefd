"""Hands something over to another server by HTTP, for what sends in a thread or process of its own.

By the standard library alone: it runs where nothing larger is to be loaded.
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit


class Posted(NamedTuple):
    """`said` is the beginning of the answer's text."""

    status: int
    said: str

    @property
    def refused(self) -> bool:
        """For good: sent again it would be refused again."""
        return self.status >= 300


def post(url: str, body: bytes, headers: Mapping[str, str], patience_s: float) -> Posted:
    """Raises OSError where it is not taken but may be later. What it says has nothing of the headers in it."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=patience_s)
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        answer = connection.getresponse()
        posted = Posted(answer.status, answer.read(300).decode(errors="replace").strip())
    except (HTTPException, ValueError) as error:  # such as a token with a line end in it: it is not to be said
        raise OSError(f"that failed with {type(error).__name__}") from error
    finally:
        connection.close()
    if posted.status == 429 or posted.status >= 500:
        raise OSError(f"it answered with {posted.status}")
    return posted
