"""`nacre statement advise`, for people."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import size


def present(answer: dict[str, Any], console: Console) -> None:
    for one in answer["indexes"]:
        console.print(Text(f"{one['statement']};", "bold"), soft_wrap=True)
        if one["cost"] is None:
            console.print(f"  for {one['why']}")
        else:
            console.print(
                f"  for {one['why']}: cost {one['cost']:,.0f} instead of {answer['cost']:,.0f}, "
                f"about {size(one['size_bytes'])}"
            )
    if answer["note"]:
        console.print(answer["note"])
