"""Those who live on branches, such as workspaces: they leave before a branch is removed."""

from collections.abc import Callable

from nacre.branches.catalog import Branch

Leave = Callable[[Branch], None]
"""Stops what runs on the branch and forgets it, rows included; does nothing twice."""


class Guests:
    """The parts that keep something on branches, each by how it leaves one."""

    def __init__(self) -> None:
        self._leaving: list[Leave] = []

    def add(self, leave: Leave) -> None:
        self._leaving.append(leave)

    def leave(self, branch: Branch) -> None:
        """All of them, from the last that came to the first."""
        for leave in reversed(self._leaving):
            leave(branch)
