"""What changed in one file between two moments, line by line."""

import difflib
from datetime import datetime
from typing import Literal

from nacre.branches.catalog import Catalog
from nacre.branches.trees import Trees
from nacre.core.clock import Clock, from_ns
from nacre.core.errors import NotFound
from nacre.core.moments import parse_moment
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.engines.files.entry import Entry
from nacre.engines.files.paths import read_path, shown_path
from nacre.engines.files.tree import Tree
from nacre.files.media import is_text
from nacre.history.positions import Positions

Reason = Literal["binary", "too large"]
LARGEST_COMPARED_BYTES = 1 << 20
MOST_COMPARED_LINES = 10_000
MOST_LINES = 5_000


class FileComparison(Answer):
    """`diff` is in unified form; None for files that are binary, or larger than 1 MiB (`reason` says which).

    `change` is “same” where content and mode are equal. `truncated`: the diff goes on after 5,000 lines.
    """

    path: str
    change: Literal["added", "removed", "changed", "same"]
    before_bytes: int | None
    after_bytes: int | None
    before_mode: str | None
    after_mode: str | None
    before_time: datetime | None
    diff: str | None
    lines_added: int
    lines_removed: int
    truncated: bool
    reason: Reason | None


class Comparing:
    def __init__(self, catalog: Catalog, trees: Trees, positions: Positions, clock: Clock) -> None:
        self._catalog = catalog
        self._trees = trees
        self._positions = positions
        self._clock = clock

    def compare(self, ref: Ref, path: str, since: str, until: str | None, context: int) -> FileComparison:
        """From the moment `since` to `until` (None: now). Raises NotFound where it was there at neither."""
        branch = self._catalog.branch(ref)
        tree = self._trees.tree(branch)
        name = read_path(path)
        reason: Reason | None
        a = self._positions.find(branch, parse_moment(since, self._clock())).files_seq
        if until is None:
            b = tree.barrier(rescan=False).seq
        else:
            b = self._positions.find(branch, parse_moment(until, self._clock())).files_seq
        before, after = tree.entry(a, name), tree.entry(b, name)
        if before is None and after is None:
            raise NotFound("file-not-found", f"There was no “{path}” at either moment.")
        reason = _reason(before) or _reason(after)
        old, new = (b"", b"") if reason else (_content(tree, a, before), _content(tree, b, after))
        if not reason and not (is_text(old) and is_text(new)):
            reason = "binary"
        old_lines, new_lines = ([], []) if reason else (_lines(old), _lines(new))
        if _differing(old_lines, new_lines) > MOST_COMPARED_LINES:
            reason = "too large"
        lines = [] if reason else _unified(path, old_lines, new_lines, context)
        return FileComparison(
            path=shown_path(name),
            change=_change(before, after),
            before_bytes=before.size if before else None,
            after_bytes=after.size if after else None,
            before_mode=f"{before.mode:o}" if before else None,
            after_mode=f"{after.mode:o}" if after else None,
            before_time=from_ns(before.time_ns) if before else None,
            diff=None if reason else "".join(lines[:MOST_LINES]),
            lines_added=sum(line.startswith("+") for line in lines[2:]),
            lines_removed=sum(line.startswith("-") for line in lines[2:]),
            truncated=len(lines) > MOST_LINES,
            reason=reason,
        )


def _reason(entry: Entry | None) -> Reason | None:
    return "too large" if entry is not None and entry.size > LARGEST_COMPARED_BYTES else None


def _content(tree: Tree, seq: int, entry: Entry | None) -> bytes:
    """A symlink compares by its target, a folder as nothing."""
    if entry is None or entry.kind in ("dir", "gone"):
        return b""
    return entry.content or b"" if entry.kind == "symlink" else b"".join(tree.read(seq, entry.path))


def _unified(path: str, before: list[str], after: list[str], context: int) -> list[str]:
    found = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}", n=context)
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in found]


def _lines(text: bytes) -> list[str]:
    *whole, last = text.decode(errors="replace").split("\n")
    return [*(line + "\n" for line in whole), *([last] if last else [])]


def _differing(before: list[str], after: list[str]) -> int:
    """How many lines are left when what both begin and end with is set aside: comparing costs their square."""
    same = next((at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
    ends = zip(reversed(before[same:]), reversed(after[same:]), strict=False)
    tail = next((at for at, pair in enumerate(ends) if pair[0] != pair[1]), 0)
    return max(len(before), len(after)) - same - tail


def _change(before: Entry | None, after: Entry | None) -> Literal["added", "removed", "changed", "same"]:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    return "same" if before.same_content(after) and before.mode == after.mode else "changed"
