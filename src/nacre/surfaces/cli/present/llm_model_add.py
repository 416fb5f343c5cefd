"""`nacre llm model add`, for people: the model as it is kept, and how to try it."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.models import shown


def present(answer: dict[str, Any], console: Console) -> None:
    default = ", the default" if answer["default"] else ""
    shown(answer, f"{answer['name']}: a model for {answer['kind']}{default}", console)
    console.print(Text(f"`nacre llm model test {answer['name']}` tries it."), soft_wrap=True)
