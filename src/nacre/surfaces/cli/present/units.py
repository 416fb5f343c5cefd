"""Values in words: sizes and durations by the unit that ends a field's name."""

from collections.abc import Mapping
from typing import Any


def in_words(name: str, value: Any) -> str:
    """One value for a person to read; `name` tells its unit (`…_bytes`, `…_seconds`)."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(name, value)
    if isinstance(value, list):
        return ", ".join(in_words(name, item) for item in value) or "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {in_words(key, item)}" for key, item in value.items()) or "–"
    return str(value)


def size(size_bytes: float) -> str:
    """Bytes in decimal units: 1.2 MB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if abs(size_bytes) < 1000:
            return f"{size_bytes:.0f} {unit}" if unit == "bytes" or size_bytes >= 100 else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} TB"


def duration(seconds: float) -> str:
    """Seconds as people say them: 42 ms, 3.1 s, 2 min 5 s, 3 h 10 min, 2 d 4 h."""
    if abs(seconds) < 1:
        return f"{seconds * 1000:.0f} ms"
    if abs(seconds) < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, size_s, below, below_s in (("d", 86_400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size_s:
            count, rest = divmod(whole, size_s)
            return f"{count} {unit} {rest // below_s} {below}" if rest // below_s else f"{count} {unit}"
    return f"{whole} s"


def utc(time: str) -> str:
    """An RFC 3339 time to the millisecond, still one that can be given back as a moment."""
    head, dot, rest = time.partition(".")
    return f"{head}.{rest[:3]}Z" if dot else time


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def changed(count: int) -> str:
    """How many paths changed; folders count as well."""
    return "1 file or folder changed" if count == 1 else f"{count:,} files or folders changed"


def _number(name: str, value: float) -> str:
    if name.endswith("bytes"):
        return size(value)
    if name.endswith("seconds"):
        return duration(value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)
