"""`nacre node add`, for people: what to do on the other machine."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import utc


def present(answer: dict[str, Any], console: Console) -> None:
    console.print(Text(f"Node {answer['name']} may join as {', '.join(answer['roles'])}. On that machine run:"))
    console.print(Text(answer["join"], "bold"), soft_wrap=True)
    if answer["certificate"]:
        console.print(Text(f"Take {answer['certificate']} there first: it is what makes it trust this Nacre."))
    until = utc(answer["expires_at"])
    console.print(Text(f"Keep the token now: it is not shown again. It is to be used by {until}."))
