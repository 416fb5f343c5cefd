"""Writes the figures of the last runs into docs/reference/performance.md, between its two marks."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from bench._result import RESULTS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"


def document(names: Iterable[str]) -> None:
    """Put a table for each benchmark that has run here into the page; those of other runs stay."""
    before, rest = PAGE.read_text().split(BEGIN)
    measured, after = rest.split(END)
    tables = _by_name(measured)
    for name in names:
        if (RESULTS / f"{name}.json").exists():
            tables[name] = _table(name)
    ordered = "\n".join(tables[name] for name in names if name in tables)
    PAGE.write_text(f"{before}{BEGIN}\n{ordered}\n{END}{after}")


def _by_name(measured: str) -> dict[str, str]:
    found = re.split(r"^(?=`\./nacre bench (\w+)`)", measured, flags=re.MULTILINE)
    return {name: table.strip() + "\n" for name, table in zip(found[1::2], found[2::2], strict=True)}


def _table(name: str) -> str:
    run = json.loads((RESULTS / f"{name}.json").read_text())
    rows = [
        f"`./nacre bench {name}`: {run['title']}. {run['time'][:10]}, {run['machine']}.",
        "",
        "| figure | promised | measured | kept | load |",
        "|---|---|---|---|---|",
    ]
    for line in run["lines"]:
        promised = (
            "" if line["promise"] is None else f"{'≥' if line['at_least'] else '≤'} {line['promise']:g} {line['unit']}"
        )
        kept = {True: "yes", False: "**no**", None: ""}[line["kept"]]
        what = line["what"].replace("|", "\\|")
        rows.append(f"| {what} | {promised} | {_round(line['figure'])} {line['unit']} | {kept} | {line['load']:.1f} |")
    return "\n".join(rows) + "\n"


def _round(figure: float) -> str:
    return f"{figure:.2f}" if figure < 10 else f"{figure:.0f}"
