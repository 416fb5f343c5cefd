"""Fields of a line: those of the JSON object that it is or ends in, and `name=value` as logfmt writes them."""

import json
import re
from collections.abc import Iterator
from functools import cache, lru_cache


def has(text: bytes, name: str, value: str) -> bool:
    """Whether a field of the line has this value as it is written there; upper and lower case are the same."""
    sought = value.casefold()
    return any(found.casefold() == sought for found in _values(text, name))


def is_object_with(text: bytes, name: str, value: str) -> bool:
    """Whether the line is a JSON object whose own field has just this value."""
    try:
        decoded = _decoder().decode(text.decode())
    except (ValueError, RecursionError):
        return False
    return isinstance(decoded, dict) and decoded.get(name) == value


def _values(text: bytes, name: str) -> Iterator[str]:
    start = text.find(b"{")
    if start >= 0 and text.rstrip().endswith(b"}"):
        yield from _of_object(text[start:], name)
    if name.encode(errors="surrogateescape") + b"=" in text:
        for found in _assigned(name).finditer(text.decode(errors="surrogateescape")):
            quoted, bare = found.groups()
            yield re.sub(r"\\(.)", r"\1", quoted) if bare is None else bare


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def _of_object(text: bytes, name: str) -> Iterator[str]:
    try:
        decoded = _decoder().decode(text.decode(errors="surrogateescape").strip())
    except (ValueError, RecursionError):
        return
    for one in _named(decoded, name):
        if isinstance(one, str):
            yield one
        elif isinstance(one, bool) or one is None:
            yield json.dumps(one)
        elif isinstance(one, list):
            yield from (each for each in one if isinstance(each, str))


def _named(found: object, name: str) -> Iterator[object]:
    """What has this name, which may go through objects in objects: `a.b` is the field b of a, or the field "a.b"."""
    if not isinstance(found, dict):
        return
    if name in found:
        yield found[name]
    for at, letter in enumerate(name):
        if letter == "." and name[:at] in found:
            yield from _named(found[name[:at]], name[at + 1 :])


@lru_cache(64)
def _assigned(name: str) -> "re.Pattern[str]":
    return re.compile(rf'(?<![\w.-]){re.escape(name)}=(?:"((?:[^"\\]|\\.)*)"|([^\s,;)\]}}]*))')
