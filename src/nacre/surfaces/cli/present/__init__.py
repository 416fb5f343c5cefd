"""How answers look to people: generically from their shape, or by an operation's own presenter in this folder.

A presenter is a file named like the operation (dots as underscores) with `present(answer, console)`.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from nacre.surfaces.cli.output import console
from nacre.surfaces.verbs import Verb

if TYPE_CHECKING:
    from rich.console import Console


def present(verb: Verb, answer: Any, onto: "Console | None" = None) -> None:
    """Print `answer` for people, on standard output or `onto` another console."""
    onto = onto or console()
    own = f"{__name__}.{verb.name.replace('.', '_')}"
    if find_spec(own):
        import_module(own).present(answer, onto)
        return
    from nacre.surfaces.cli.present.generic import show

    show(answer, onto)
