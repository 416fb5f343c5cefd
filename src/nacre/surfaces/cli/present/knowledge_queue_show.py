"""`nacre knowledge queue show`, for people: what waits, what is at work, and what holds it up."""

from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.units import duration, size, utc


def present(answer: dict[str, Any], console: Console) -> None:
    waiting = f"{answer['waiting']} waiting ({size(answer['waiting_bytes'])})" if answer["waiting"] else "Nothing waits"
    lately = [
        f"{answer[key]} {word}"
        for key, word in (("done", "added lately"), ("unchanged", "unchanged"), ("failed", "failed"))
        if answer[key]
    ]
    console.print(", ".join([waiting, *lately]) + ".")
    for held in answer["held"]:
        whose = f" (those of {held['person']})" if held["person"] else ""
        until = f"until {utc(held['until'])}" if held["until"] else "until it is resumed"
        console.print(Text(f"Held up{whose} {until}: {held['reason']} {held['hint']}".rstrip()), soft_wrap=True)
    for one in answer["at_work"][:5]:
        how_far = "being read" if one["total"] is None else f"{one['done']} of {one['total']} passages"
        console.print(Text(f"  {one['name']}: {how_far}"), soft_wrap=True)
    if answer["waiting"] and answer["passages_per_s"]:
        left = f", about {duration(answer['left_s'])} left" if answer["left_s"] else ""
        console.print(f"{answer['passages_per_s']:g} passages a second{left}.")
    if answer["failed"]:
        console.print(f"`nacre knowledge queue list {answer['collection']} --state failed` tells why.", soft_wrap=True)
