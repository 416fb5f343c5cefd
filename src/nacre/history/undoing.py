"""Which entry an undo takes back. Pure rules over a branch's log."""

from collections.abc import Sequence

from nacre.history.logbook import Entry

_TRAVELS = ("rewind", "reset")


def to_undo(entries: Sequence[Entry]) -> Entry | None:
    """The entry whose left-behind state `undo` brings back, or None when there is nothing to take back.

    Undo after undo takes back ever older rewinds. When none is left, it takes back the last undo itself, so that two
    undos of a single rewind lead forward to it again; that counts as a rewind, and a third leads back to what the
    second left.
    """
    standing: list[Entry] = []
    by_number = {entry.number: entry for entry in entries}
    last_undo: Entry | None = None
    for entry in entries:
        if entry.kind in _TRAVELS:
            standing.append(entry)
            last_undo = None
        elif entry.kind == "undo":
            undone = by_number[entry.detail["undid"]]
            if undone in standing:
                standing.remove(undone)
            else:
                standing.append(entry)
            last_undo = entry
    return standing[-1] if standing else last_undo
