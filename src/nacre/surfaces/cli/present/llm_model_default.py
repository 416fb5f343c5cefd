"""`nacre llm model default`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.models import asks


def present(answer: dict[str, Any], console: Console) -> None:
    words = f"{answer['name']} ({asks(answer)}) is asked from now on where no model for {answer['kind']} is named."
    console.print(Text(words), soft_wrap=True)
