"""Bytes over MCP, which carries text only: base64 both ways, and not much of it."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from nacre.core.errors import InvalidInput, TooLarge
from nacre.core.operations import Stream
from nacre.surfaces.verbs import Verb

LARGEST_ANSWER_BYTES = 1 << 20


def with_bytes(verb: Verb, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments with the operation's raw body decoded. Raises InvalidInput "bad-input"."""
    if verb.body is None or verb.body not in arguments:
        return arguments
    try:
        return {**arguments, verb.body: base64.b64decode(arguments[verb.body], validate=True)}
    except (binascii.Error, TypeError, ValueError):
        raise InvalidInput("bad-input", f"“{verb.body}” of {verb.name} must be base64.") from None


def streamed(answer: Stream) -> str:
    """A stream of bytes as one JSON text. Raises TooLarge "answer-too-large"."""
    kept = Kept()
    for chunk in answer.chunks():
        kept.add(chunk)
    return kept.text(answer.media_type)


class Kept:
    """Gathers an answer's bytes, up to what MCP is to carry."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, chunk: bytes) -> None:
        self._bytes += chunk
        if len(self._bytes) > LARGEST_ANSWER_BYTES:
            raise TooLarge(
                "answer-too-large",
                f"The answer has more than {LARGEST_ANSWER_BYTES >> 20} MiB, which is too much for a tool's answer.",
                hint="Ask for a part of it, or fetch it over HTTP.",
            )

    def text(self, media_type: str) -> str:
        return json.dumps({"media_type": media_type, "base64": base64.b64encode(self._bytes).decode()})


Fetch = Callable[[Verb, Mapping[str, Any], Callable[[bytes], object]], Mapping[str, str]]


def fetched(fetch: Fetch, verb: Verb, arguments: Mapping[str, Any]) -> str:
    """As `streamed`, of an operation that a client calls."""
    kept = Kept()
    headers = fetch(verb, arguments, kept.add)
    return kept.text(headers.get("content-type", "application/octet-stream"))
