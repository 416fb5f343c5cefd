"""Publishes what is pushed: `[publish] on` in a commit's nacre.toml names the git branch whose pushes are published."""

import threading
from collections.abc import Iterator

from nacre.branches.catalog import Catalog
from nacre.core.errors import NotFound
from nacre.core.names import Ref
from nacre.core.principals import Kind, Principal, Role
from nacre.core.projectfile.file import NAME, parse
from nacre.engines.git.repository import Repository
from nacre.publishing.publisher import Order, Publisher
from nacre.repositories.pushes import Push
from nacre.repositories.shelf import Shelf

_LARGEST_BYTES = 1 << 20


class Pushing:
    """A nacre.repositories.pushes.Listener. `ready` tells whether releases are driven yet: a push that a killed daemon
    left is told of before."""

    def __init__(self, catalog: Catalog, shelf: Shelf, publisher: Publisher, ready: threading.Event) -> None:
        self._catalog = catalog
        self._shelf = shelf
        self._publisher = publisher
        self._ready = ready

    def __call__(self, push: Push) -> Iterator[str]:
        """Raises what publishing raises; whoever pushed is told."""
        text = _project_file(self._shelf.open(push.project), push.sha)
        if text is None or parse(text).publish.on != push.branch:
            return
        kind, _, name = push.who.partition(":")
        who = Principal(Kind(kind), name, Role.USER, person=push.person, branch=push.limited)
        order = Order(self._ref(push), slug=push.project, commit=push.sha)
        app, release, unchanged = self._publisher.begin(who, order)
        if unchanged:
            yield f"{push.sha[:10]} is release {release.number} of {app.slug}, which serves."
            return
        yield f"Publishing {push.sha[:10]} as release {release.number} of {app.slug}."
        if self._ready.is_set():
            done = self._publisher.see_through(app, release)
            yield f"It is live after {done.release.seconds:.1f} s. {done.url or ''}".rstrip()

    def _ref(self, push: Push) -> Ref:
        """The branch of that name, else main: its database is what the app's begins with."""
        try:
            return self._catalog.running(Ref(push.project, push.branch)).ref
        except NotFound:
            return Ref(push.project)


def _project_file(repository: Repository, sha: str) -> str | None:
    path = NAME.encode()
    found = [each for each in repository.entries(sha) if each.path == path and each.size_bytes < _LARGEST_BYTES]
    for _, pieces in repository.contents(found):
        return b"".join(pieces).decode(errors="replace")
    return None
