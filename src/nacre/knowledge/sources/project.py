"""The files of a branch, as its journal has them: in step with every change, a rewind included."""

import threading
from functools import partial

from pydantic import JsonValue

from nacre.branches.catalog import Branch, Catalog
from nacre.branches.trees import Trees
from nacre.core.errors import InvalidInput, NotAllowed, NotFound, TooLarge
from nacre.core.names import Ref
from nacre.core.principals import Principal, Role
from nacre.engines.files.entry import Entry, Flaw
from nacre.engines.files.paths import read_path, shown_path
from nacre.engines.files.tree import Tree
from nacre.knowledge.sources.item import MOST_BYTES, Document, Item, Items, Memory, Settings
from nacre.knowledge.sources.matching import Matching, check_patterns, is_binary, is_left_out


class Files(Settings):
    """Those below the folder `under` that `match` names. `branch_id` tells the branch from a later one of its name."""

    ref: Ref
    branch_id: int = 0
    under: str = ""
    match: tuple[str, ...] = ()


class ProjectFiles:
    """`_told` is up to where the journal was asked for each, and where something of it changed last."""

    settings = Files
    every_s = None

    def __init__(self, catalog: Catalog, trees: Trees) -> None:
        self._catalog = catalog
        self._trees = trees
        self._told: dict[Files, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def settled(self, settings: Files) -> Files:
        branch_id, under = self._catalog.branch(settings.ref).id, shown_path(read_path(settings.under))
        return settings.model_copy(update={"branch_id": branch_id, "under": under})

    def check(self, who: Principal, settings: Files) -> None:
        self.allow(who, settings)
        check_patterns(settings.match)

    def allow(self, who: Principal, settings: Files) -> None:
        may_work_in(who, settings.ref)
        self._branch(settings)

    def position(self, settings: Files) -> JsonValue:
        tree = self._trees.tree(self._branch(settings))
        return self._changed(settings, tree, tree.head().seq)

    def items(self, who: Principal, settings: Files, memory: Memory) -> Items:
        tree = self._trees.tree(self._branch(settings))
        seq = tree.barrier(rescan=False).seq
        which = _Which(settings)
        for entry in tree.listing(seq, which.under):
            if entry.kind == "file" and which.takes(entry.path):
                fingerprint = (entry.content or b"").hex() or f"unread {entry.seq}"
                yield Item(which.name(entry.path), fingerprint, partial(_document, tree, seq, entry, settings.ref))
        memory["position"] = self._changed(settings, tree, seq)

    def _changed(self, settings: Files, tree: Tree, seq: int) -> int:
        """The last moment of the journal, up to `seq`, at which something changed that belongs to it.

        What is written beside it, by programs that run and packages that are installed, is none of its business.
        """
        with self._lock:
            asked, changed = self._told.get(settings, (-1, seq))
            if seq > asked >= 0 and _Which(settings).is_concerned(tree, asked, seq):
                changed = seq
            self._told[settings] = max(asked, seq), changed
            return min(changed, seq)

    def _branch(self, settings: Files) -> Branch:
        return same_branch(self._catalog, settings.ref, settings.branch_id)


class _Which:
    """Which paths of a branch belong to a source."""

    def __init__(self, settings: Files) -> None:
        self.under = read_path(settings.under)
        self._matching = Matching(settings.match)

    def takes(self, path: bytes) -> bool:
        if self.under and not path.startswith(self.under + b"/"):
            return False
        name = self.name(path)
        return self._matching.takes(name) and not any(map(is_left_out, name.split("/")))

    def name(self, path: bytes) -> str:
        return shown_path(path[len(self.under) :].lstrip(b"/"))

    def is_concerned(self, tree: Tree, before: int, after: int) -> bool:
        try:
            return any(self.takes(change.path) for change in tree.changes(before, after))
        except NotFound:
            return True  # that moment is not kept any more


def same_branch(catalog: Catalog, ref: Ref, branch_id: int) -> Branch:
    """The branch that a source was added for. Raises NotFound, for a later one of its name too."""
    branch = catalog.branch(ref)
    if branch.id != branch_id:
        raise NotFound("branch-not-found", f"The branch {ref} that this was for is gone; there is another one now.")
    return branch


def may_work_in(who: Principal, ref: Ref) -> None:
    """Raises NotAllowed "not-allowed" for whoever is no user of the project, or not any more."""
    if not who.may_enter(ref) or (who.role_in(ref.project) or 0) < Role.USER:
        raise NotAllowed("not-allowed", f"{who} may not work in {ref}.", hint="Ask an admin to make you a member.")


def _document(tree: Tree, seq: int, entry: Entry, ref: Ref) -> Document | None:
    path = shown_path(entry.path)
    if entry.flaw == Flaw.UNREADABLE:
        raise InvalidInput("file-unreadable", f"“{path}” could not be read.", hint="Make it readable.")
    if entry.size > MOST_BYTES:
        raise TooLarge(
            "document-too-large", f"“{path}” has {entry.size >> 20} MB; at most {MOST_BYTES >> 20} are read."
        )
    data = b"".join(tree.read(seq, entry.path))
    return None if is_binary(data) else Document(data, {"project": str(ref), "path": path})
