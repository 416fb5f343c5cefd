"""`nacre command run`: what the command wrote has been passed on, and its exit code is ours."""

from typing import Any

from rich.console import Console


def present(_answer: dict[str, Any], _console: Console) -> None:
    """Nothing more to say."""
