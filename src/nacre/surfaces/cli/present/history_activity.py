"""`nacre history activity`, for people: a strip, denser where more happened, and the sums."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import counted, duration, size, utc

_LEVELS = " ▁▂▃▄▅▆▇█"
_WIDTH = 80


def present(answer: dict[str, Any], console: Console) -> None:
    buckets = answer["buckets"]
    console.print(Text(f"{utc(answer['since'])} to {utc(answer['until'])}, by {duration(answer['bucket_seconds'])}"))
    for what, name in (("transactions", "transactions"), ("files", "file_changes")):
        console.print(Text(f"{what:12} │{_strip(answer, name)}│"), soft_wrap=True)
    transactions = counted(sum(one["transactions"] for one in buckets), "transaction")
    wal = size(sum(one["wal_bytes"] for one in buckets))
    files = counted(sum(one["file_changes"] for one in buckets), "change")
    console.print(Text(f"{transactions} with {wal} of WAL, {files} of files"))


def _strip(answer: dict[str, Any], name: str) -> str:
    """Heights by the square root, so that what is small still shows beside what is large."""
    from datetime import datetime

    begin, end = (datetime.fromisoformat(answer[key]).timestamp() for key in ("since", "until"))
    sums = [0.0] * _WIDTH
    for bucket in answer["buckets"]:
        at = (datetime.fromisoformat(bucket["time"]).timestamp() - begin) / (end - begin)
        sums[min(_WIDTH - 1, max(0, int(at * _WIDTH)))] += bucket[name]
    most = max(sums) or 1.0
    return "".join(_LEVELS[0 if not each else 1 + round((each / most) ** 0.5 * (len(_LEVELS) - 2))] for each in sums)
