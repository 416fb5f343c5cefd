"""`nacre monitoring chart`, for people: each line in blocks as high as it was, with its last and outermost numbers."""

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from nacre.surfaces.cli.present.measured import shown_value

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH = 60


def present(answer: list[dict[str, Any]], console: Console) -> None:
    drawn = [one for one in answer if any(value is not None for value in one["mean"])]
    if not drawn:
        console.print("Nothing of this was measured in that time.")
    for one in drawn:
        _show(one, console)


def _show(one: dict[str, Any], console: Console) -> None:
    means = [value for value in one["mean"] if value is not None]
    least = min(value for value in one["least"] if value is not None)
    greatest = max(value for value in one["greatest"] if value is not None)

    def told(value: float) -> str:
        return shown_value(value, one["unit"]) + ("/s" if one["rate"] else "")

    title = Text(f"{one['label'] or one['kind']}  {one['measure']}", "bold")
    title.append(f"  {one['help']}", "dim")
    console.print(title)
    console.print(f"  {_blocks(one['mean'])}")
    console.print(Text(f"  {_time(one['times'][0])} … {_time(one['times'][-1])}", "dim"))
    mean = told(sum(means) / len(means))
    console.print(f"  last {told(means[-1])}, mean {mean}, least {told(least)}, greatest {told(greatest)}")


def _blocks(values: list[float | None]) -> str:
    """From nothing, or the least below it, to the greatest; where nothing was measured, nothing is drawn."""
    known = [value for value in values if value is not None]
    low, high = min(0.0, *known), max(0.0, *known)
    cells = min(_WIDTH, len(values))
    parts = [values[at * len(values) // cells : (at + 1) * len(values) // cells] for at in range(cells)]
    return "".join(_block([value for value in part if value is not None], low, high) for part in parts)


def _block(values: list[float], low: float, high: float) -> str:
    if not values:
        return " "
    share = (max(values) - low) / (high - low) if high > low else 0.0
    return _BLOCKS[min(len(_BLOCKS) - 1, int(share * len(_BLOCKS)))]


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
