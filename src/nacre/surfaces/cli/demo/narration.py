"""How the story reaches its audience: chapters, commands and their answers for people, or nothing but a record."""

import io
from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.core.errors import NacreError
from nacre.surfaces.cli.output import console
from nacre.surfaces.cli.present import present
from nacre.surfaces.verbs import Verb

_WIDEST = 100
_INDENT = "    "


class Narrator:
    """Tells on standard output, wrapped to the terminal."""

    def __init__(self) -> None:
        self._console = console()
        self._console.width = min(_WIDEST, self._console.width)
        self._chapters = 0

    def intro(self, text: str) -> None:
        self._console.print(Text(text))

    def chapter(self, title: str) -> None:
        self._chapters += 1
        self._console.print()
        self._console.print(Text(f"{self._chapters}. {title}", "bold"))

    def say(self, text: str) -> None:
        self._console.print(Text(text))

    def command(self, typed: str) -> None:
        """A line that a person could type; never wrapped, so that it can be copied."""
        self._console.print(Text(f"  $ {typed}", "cyan"), soft_wrap=True)

    def answer(self, verb: Verb, answer: Any) -> None:
        """What that line answers, as its presenter shows it, set in a little."""
        own = self._console
        inner = Console(
            file=io.StringIO(),
            width=max(20, own.width - len(_INDENT)),
            force_terminal=own.is_terminal,
            color_system=own.color_system,  # type: ignore[arg-type]  # rich types its own name for it as str
            no_color=own.no_color,
            highlight=False,
        )
        present(verb, answer, inner)
        assert isinstance(inner.file, io.StringIO)
        self.output(inner.file.getvalue())

    def output(self, text: str) -> None:
        for line in text.rstrip().splitlines():
            self._console.out(f"{_INDENT}{line.rstrip()}", highlight=False)

    def refusal(self, error: NacreError) -> None:
        self._console.print(Text(f"{_INDENT}nacre: {error.message}", "red"), soft_wrap=True)

    def proof(self, text: str) -> None:
        self._console.print(Text.assemble((f"{_INDENT}✓ ", "green"), text))

    def next_steps(self, steps: dict[str, str]) -> None:
        """Lines to type next, each with what it is for."""
        width = max(len(typed) for typed in steps)
        for typed, meaning in steps.items():
            self._console.print(Text.assemble((f"  {typed:{width}}", "cyan"), f"  # {meaning}"), soft_wrap=True)


class Silence(Narrator):
    """For --json: the story happens, and is told by its record alone."""

    def __init__(self) -> None:
        self._console = Console(file=io.StringIO())
        self._chapters = 0
