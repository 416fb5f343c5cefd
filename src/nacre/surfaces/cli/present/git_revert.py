"""`nacre git revert`, for people: the new commit, and the way back."""

from typing import Any

from rich.console import Console
from rich.text import Text


def present(answer: dict[str, Any], console: Console) -> None:
    one = answer["commit"]
    console.print(Text(f"{one['sha'][:10]} {one['message'].partition(chr(10))[0]}"), soft_wrap=True)
    console.print("To have the files back as they were:")
    console.print(Text(f"  {answer['undo']}"), soft_wrap=True)
