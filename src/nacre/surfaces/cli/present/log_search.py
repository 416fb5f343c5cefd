"""`nacre monitoring logs search`, for people: the newest first."""

from typing import Any

from rich.console import Console

from nacre.surfaces.cli.present.log_lines import show
from nacre.surfaces.cli.present.units import utc


def present(answer: dict[str, Any], console: Console) -> None:
    show(answer["lines"], console)
    if not answer["lines"]:
        console.print("No lines." if answer["complete"] else "No lines so far.")
    if answer["missing"]:
        console.print(f"{answer['missing']} lines cannot be read any more: what they lay in is damaged.")
    for late in answer["late"]:
        since = utc(late["since"])
        console.print(
            f"Lines of the node {late['node']} since {since} are missing and will follow: {late['why']}", soft_wrap=True
        )
    if answer["cursor"]:
        console.print(f"There is more: --before {answer['cursor']}", soft_wrap=True)
