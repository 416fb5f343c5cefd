"""An argument list with places for values: `{name}` in a word stands for one, `{{` and `}}` for braces. Pure rules.

Each word stays exactly one argument, whatever the value holds: no shell ever reads it.
"""

import os
import re
from collections.abc import Mapping, Sequence

from nacre.commands.parameters import Parameter
from nacre.core.errors import InvalidInput
from nacre.engines.files.paths import read_path

_PLACE = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}|[{}]")


def check_template(argv: Sequence[str], parameters: Sequence[Parameter]) -> None:
    """Raises InvalidInput "bad-command" where places and parameters do not match, or the program is not fixed."""
    names = [parameter.name for parameter in parameters]
    if len(set(names)) < len(names):
        raise _wrong("two of its parameters have the same name")
    used: set[str] = set()
    for at, word in enumerate(argv):
        for match in _PLACE.finditer(word):
            if match[0] in ("{", "}"):
                raise _wrong(f"a brace in “{word}” belongs to no place")
            if match[1] is not None and at == 0:
                raise _wrong("the program itself must be fixed")
            if match[1] is not None and match[1] not in names:
                raise _wrong(f"“{match[1]}” is no parameter of it")
            used.add(match[1] or "")
    if not argv or not argv[0]:
        raise _wrong("it names no program")
    for name in names:
        if name not in used:
            raise _wrong(f"the parameter “{name}” stands nowhere in it")


def fill(argv: Sequence[str], parameters: Sequence[Parameter], values: Mapping[str, str]) -> list[str]:
    """The arguments, with every value in its place. Raises InvalidInput "bad-value" for one that would be an option."""
    kinds = {parameter.name: parameter.kind for parameter in parameters}

    def put(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        value = values[match[1]]
        if kinds[match[1]] == "path":
            return os.fsdecode(read_path(value)) or "."
        return value

    filled: list[str] = []
    for word in argv:
        argument = _PLACE.sub(put, word)
        begins = _PLACE.match(word)
        if argument.startswith("-") and begins is not None and begins[1] is not None:
            if kinds[begins[1]] == "path":
                argument = f"./{argument}"
            elif kinds[begins[1]] == "text":
                raise InvalidInput(
                    "bad-value", f"“{begins[1]}” cannot begin with a dash: the program would take it for an option."
                )
        filled.append(argument)
    return filled


def _wrong(why: str) -> InvalidInput:
    return InvalidInput(
        "bad-command", f"This command cannot be: {why}.", hint="Write each value's place as {name}, and braces double."
    )
