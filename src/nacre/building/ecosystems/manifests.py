"""Reads lock files and manifests, and refuses broken ones by name before anything is run."""

import json
import re
import tomllib
from typing import Any, Literal

from nacre.core.errors import InvalidInput
from nacre.engines.source.source import Source

LARGEST_LOCK_BYTES = 64 << 20
_CONFLICT = re.compile(r"^(?:<{7} |>{7} |={7}$)", re.MULTILINE)
Syntax = Literal["toml", "json", "other"]


def checked_lock(source: Source, name: str, syntax: Syntax, mend: str) -> None:
    """Raises InvalidInput "bad-lock-file" for a lock file that cannot be read, with `mend` as what to do."""
    text = source.text(name, LARGEST_LOCK_BYTES)
    if text is None:
        raise bad_lock(name, f"it is no text of at most {LARGEST_LOCK_BYTES >> 20} MB", mend)
    conflict = _CONFLICT.search(text)
    if conflict is not None:
        line = text.count("\n", 0, conflict.start()) + 1
        raise bad_lock(name, f"line {line} is a conflict of a git merge", mend)
    try:
        _parsed(text, syntax)
    except (ValueError, RecursionError) as error:
        raise bad_lock(name, f"it is no {syntax.upper()}: {error}", mend) from None


def manifest(source: Source, name: str, syntax: Syntax) -> dict[str, Any]:
    """A manifest as a table; empty when it is not there. Raises InvalidInput "broken-manifest"."""
    if not source.has(name):
        return {}
    text = source.text(name)
    try:
        found = _parsed(text, syntax) if text is not None else None
    except (ValueError, RecursionError) as error:
        raise _broken(name, f"it is no {syntax.upper()}: {error}") from None
    if not isinstance(found, dict):
        raise _broken(name, "it is no table in a file of at most 1 MB")
    return found


def _parsed(text: str, syntax: Syntax) -> Any:
    match syntax:
        case "toml":
            return tomllib.loads(text)
        case "json":
            return json.loads(text)
    return text


def bad_lock(name: str, why: str, mend: str) -> InvalidInput:
    """The refusal of a lock file, also of one that only its own tool finds fault with."""
    return InvalidInput("bad-lock-file", f"{name} cannot be used: {why}.", hint=mend)


def _broken(name: str, why: str) -> InvalidInput:
    return InvalidInput("broken-manifest", f"{name} cannot be used: {why}.", hint="Mend it, and publish again.")
