"""Whom the token of a workspace stands for: an agent that acts for the workspace's person, on its branch alone."""

from collections.abc import Callable
from dataclasses import replace

from nacre.core.principals import Kind, Principal, Role
from nacre.workspaces.book import Book

Standing = Callable[[str], Principal | None]
"""A person as a caller with the rights they have now; None for one who may not call."""


class Doorkeeper:
    def __init__(self, book: Book, standing: Standing) -> None:
        self._book = book
        self._standing = standing

    def authenticate(self, token: str) -> Principal | None:
        """The caller behind a token of a workspace that runs; never more than a user, and never more than its person.

        These tokens are good for the door alone: no other way in knows them, and the door knows no others.
        """
        workspace = self._book.of_token(token)
        person = None if workspace is None else self._standing(workspace.person)
        if workspace is None or person is None:
            return None
        return replace(
            person.at_most(Role.USER),
            kind=Kind.AGENT,
            name=f"workspace of {workspace.person}",
            projects=frozenset({workspace.ref.project}),
            branch=workspace.ref,
            session=None,
        )
