"""Every command that the documentation shows exists, and takes what it is shown with."""

import re
import shlex
from collections.abc import Iterator
from copy import copy

import click
import pytest
from tests.unit.docs.pages import Page, written_pages

from nacre.surfaces.cli.tree import root

DEVELOPMENT = {"test", "bench", "lock", "generate"}
_NESTED = re.compile(r"\$\((nacre [^()]*)\)")
_INLINE = re.compile(r"`(?:\./)?nacre ([a-z][^`]*)`")
_NAMES = {"nacre", "./nacre", "/opt/nacre/nacre"}


@pytest.mark.parametrize("page", written_pages(), ids=str)
def test_commands_in_blocks_parse(page: Page):
    for words in shown(page):
        if words[0] not in DEVELOPMENT:
            parse(words)


@pytest.mark.parametrize("page", written_pages(), ids=str)
def test_commands_in_sentences_exist(page: Page):
    for line in _INLINE.findall(page.prose()):
        words = line.split()
        if words[0] not in DEVELOPMENT:
            find(words)


def test_a_command_that_does_not_exist_is_noticed():
    for line in ("rewindd shop 10m", "rewind shop", "rewind shop 10m --onyl db", "history"):
        with pytest.raises(click.UsageError):
            parse(shlex.split(line))


def shown(page: Page) -> Iterator[list[str]]:
    """The arguments of each `nacre …` in the page's blocks of shell."""
    for kind, block in page.blocks():
        if kind not in {"bash", "console"}:
            continue
        for line in block.splitlines():
            if kind == "console" and not line.startswith("$ "):
                continue
            line = line.removeprefix("$ ")
            for nested in _NESTED.findall(line):
                yield shlex.split(nested)[1:]
            yield from commands_of(line)


def commands_of(line: str) -> Iterator[list[str]]:
    """`sudo A=b nacre up | cat` holds one: up."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&<>")
    lexer.whitespace_split = True
    words: list[str] = []
    for token in [*lexer, ";"]:
        if not re.fullmatch(r"[;|&<>]+", token):
            words.append(token)
            continue
        while words and (words[0] == "sudo" or re.match(r"[A-Z_]+=", words[0])):
            words.pop(0)
        if words and words[0] in _NAMES:
            yield words[1:]
        words = []


def parse(words: list[str]) -> None:
    """Raises click.UsageError."""
    command, context, rest = find(words)
    command = copy(command)
    command.params = [_unasked(_without_its_file(parameter)) for parameter in command.params]
    if isinstance(command, click.Group):
        raise click.UsageError(f"{' '.join(words)}: what of it?")
    command.make_context(words[0], list(rest), parent=context)


def _unasked(parameter: click.Parameter) -> click.Parameter:
    """What a command would ask for on the terminal is not in its line."""
    if isinstance(parameter, click.Option) and parameter.prompt is not None:
        parameter = copy(parameter)
        parameter.prompt, parameter.required = None, False
    return parameter


def _without_its_file(parameter: click.Parameter) -> click.Parameter:
    """The file that a line names need not be here."""
    if not isinstance(parameter.type, click.Path) and parameter.type.name != "file":
        return parameter
    parameter = copy(parameter)
    parameter.type = click.STRING
    return parameter


def find(words: list[str]) -> tuple[click.Command, click.Context, list[str]]:
    """The command that the first words name, and the words after them. Raises click.UsageError."""
    command: click.Command = root()
    context = click.Context(command)
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        word = rest.pop(0)
        found = command.get_command(context, word)
        if found is None:
            raise click.UsageError(f"There is no `nacre {' '.join(words)}`.")
        command, context = found, click.Context(found, parent=context)
    return command, context, rest
