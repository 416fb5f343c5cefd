"""What a release changed against the one it replaces: files, configuration, tables, the image."""

from nacre.branches.catalog import Catalog
from nacre.branches.trees import Trees
from nacre.core.errors import NotFound
from nacre.core.names import Ref
from nacre.core.operations import Answer
from nacre.core.principals import OWNER
from nacre.engines.files.entry import Change
from nacre.engines.files.paths import shown_path
from nacre.publishing.apps import App
from nacre.publishing.configuration import Configuration
from nacre.publishing.releases import Release, Releases
from nacre.repositories.looking import Looking

_MOST = 500


class Changes(Answer):
    """`files` are the paths that differ, None where the two cannot be compared: of other branches, or a commit and a
    checkpoint.

    `configuration` names what was set, unset or given another value; `tables` are lines of definitions that came (+)
    or went (-); `image`: whether it runs another image.
    """

    against: int
    files: list[str] | None
    configuration: list[str]
    tables: list[str]
    image: bool


class Comparing:
    def __init__(
        self, catalog: Catalog, trees: Trees, looking: Looking, releases: Releases, configuration: Configuration
    ) -> None:
        self._catalog = catalog
        self._trees = trees
        self._looking = looking
        self._releases = releases
        self._configuration = configuration

    def changes(self, app: App, release: Release) -> Changes | None:
        """None for a release that replaces none."""
        if release.replaces is None:
            return None
        before = self._releases.find(app, release.replaces)
        return Changes(
            against=before.number,
            files=self._files(app, before, release),
            configuration=self._configured(app, before, release),
            tables=_defined(before, release),
            image=before.digest != release.digest,
        )

    def _files(self, app: App, before: Release, after: Release) -> list[str] | None:
        kinds = {before.source["kind"], after.source["kind"]}
        if kinds == {"commit"}:
            return self._committed(app, before.source["sha"], after.source["sha"])
        if kinds != {"checkpoint"} or before.branch != after.branch:
            return None
        try:
            tree = self._trees.tree(self._catalog.branch(Ref(app.project, after.branch)))
            changes = tree.changes(before.source["files_seq"], after.source["files_seq"])
        except NotFound:  # the branch is gone, or retention let go of that moment
            return None
        return [shown_path(change.path) for change in changes if tells(change)][:_MOST]

    def _committed(self, app: App, before: str, after: str) -> list[str] | None:
        try:
            found = self._looking.diff(OWNER, Ref(app.project), before, after, [], 1)
        except NotFound:  # a branch that was rewritten has left that commit behind
            return None
        return [file.path for file in found.files][:_MOST]

    def _configured(self, app: App, before: Release, after: Release) -> list[str]:
        then, now = (self._configuration.opened(app, one.environment) for one in (before, after))
        return sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))


def tells(change: Change) -> bool:
    """Whether it is more than a file written anew as it was."""
    before, after = change.before, change.after
    return before is None or after is None or not before.same_content(after) or before.mode != after.mode


def _defined(before: Release, after: Release) -> list[str]:
    if before.tables is None or after.tables is None:
        return []
    then, now = (
        {f"{table} {line}" for table, lines in one.items() for line in lines} for one in (before.tables, after.tables)
    )
    return [f"- {line}" for line in sorted(then - now)] + [f"+ {line}" for line in sorted(now - then)]
