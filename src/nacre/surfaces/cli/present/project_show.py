"""`nacre project show`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.generic import copyable
from nacre.surfaces.cli.present.units import utc


def present(answer: dict[str, Any], console: Console) -> None:
    parent = f", branched from {answer['parent']}" if answer["parent"] else ""
    console.print(Text(f"{answer['ref']}: {answer['state']}, made {utc(answer['created_at'])}{parent}"), soft_wrap=True)
    reach = {"files": answer["files_path"], "database": answer["database_url"]}
    copyable({name: value for name, value in reach.items() if value}, console)
