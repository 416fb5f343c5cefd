"""The tree of verbs: those of the registry by way of the manifest, and the local ones, one file each in local/.

A local verb wins over an operation of the same words. Nothing is imported or built before it is asked for.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

import click

from nacre.surfaces.cli.operation import command_of
from nacre.surfaces.verbs import read_manifest

Words = tuple[str, ...]
Makers = dict[Words, Callable[[], click.Command]]

_ABOUT = """Nacre: a Postgres and a file tree per project, and a time machine under both.

REF is a branch: `shop` (its main) or `shop:try-x`. MOMENT is a time (2026-01-31T10:42:00Z), an age (90s, 10m, 2h),
a checkpoint (#12 or its label) or “before #12”.

New here? `nacre up --detach` starts Nacre, and `nacre demo` shows in half a minute what it can do."""


def root() -> click.Group:
    """The whole command line."""
    return _Branch((), commands(), _ABOUT)


def commands() -> Makers:
    """Every verb by its words, with how to make its command."""
    makers: Makers = {verb.words: partial(command_of, verb) for verb in read_manifest().values()}
    return makers | {words: partial(_local, words) for words in local_words()}


def local_words() -> list[Words]:
    """The local verbs by their files: local/config_show.py is `nacre config show`."""
    names = (path.stem for path in sorted((Path(__file__).parent / "local").glob("[!_]*.py")))
    return [tuple(name.split("_")) for name in names]


def _local(words: Words) -> click.Command:
    module = import_module(f"nacre.surfaces.cli.local.{'_'.join(words)}")
    command: click.Command = module.command
    return command


class _Branch(click.Group):
    """A word that has verbs below it."""

    def __init__(self, words: Words, makers: Makers, about: str) -> None:
        super().__init__(name=words[-1] if words else "nacre", help=about)
        self._words = words
        self._makers = makers

    def list_commands(self, ctx: click.Context) -> list[str]:
        depth = len(self._words)
        return sorted({words[depth] for words in self._makers if words[:depth] == self._words and len(words) > depth})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        words = (*self._words, cmd_name)
        if words in self._makers:
            command = self._makers[words]()
            command.name = cmd_name
            return command
        below = [known[len(words)] for known in self._makers if known[: len(words)] == words]
        if not below:
            return None
        return _Branch(words, self._makers, f"{', '.join(sorted(set(below)))}.")
