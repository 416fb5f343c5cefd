"""Where a branch has gone in time, and what that took: the answer of rewind, undo and reset."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import changed, counted, duration, size, utc

_NOT_A_PHASE = "downtime"


def show(answer: dict[str, Any], console: Console, done: str, would: str) -> None:
    """`done` and `would` are the verb as it happened, and as a dry run tells it."""
    head = would if answer["dry_run"] else done
    transactions = counted(answer["transactions_undone"], "transaction")
    lines = [
        f"{head} {utc(answer['asked'])}; the last transaction in it ended at {utc(answer['reached'])}",
        f"  {transactions} undone, {changed(answer['files_changed'])}",
    ]
    if not answer["dry_run"]:
        lines += [f"  {_time(answer)}", f"  {_storage(answer['storage'])}", "  `nacre undo` takes it back"]
    lines.append(f"  LSN {answer['lsn']}, {_pairing(answer)}")
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def _time(answer: dict[str, Any]) -> str:
    phases = ", ".join(
        f"{name} {duration(seconds)}" for name, seconds in answer["phases"].items() if name != _NOT_A_PHASE
    )
    text = f"{duration(answer['seconds'])} in all, connections failed for {duration(answer['downtime_seconds'])}"
    return f"{text} ({phases})" if phases else text


def _storage(storage: dict[str, Any]) -> str:
    if storage["copy_on_write"]:
        return f"copy-on-write ({storage['kind']})"
    if not storage["bytes_copied"]:
        return "nothing had to be copied"
    return f"{size(storage['bytes_copied'])} copied: this disk cannot share blocks (`nacre doctor` tells what can)"


def _pairing(answer: dict[str, Any]) -> str:
    if answer["exact"]:
        return "database and files exactly as they were together"
    return "files paired with the database by time"
