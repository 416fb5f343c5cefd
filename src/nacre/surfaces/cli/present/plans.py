"""How Postgres runs a statement, step by step, for people."""

from typing import Any

from rich.console import Group
from rich.text import Text
from rich.tree import Tree

from nacre.surfaces.cli.present.units import counted, duration

_LEFT_OUT = ("Join Type", "Strategy", "Operation")


def drawn(answer: dict[str, Any]) -> Group:
    steps = _steps(answer["step"])
    if answer["seconds"] is None:
        return Group(steps)
    took = f"({duration(answer['planning_s'])} to plan, {duration(answer['seconds'])} to run; rolled back)"
    return Group(steps, took)


def _steps(step: dict[str, Any]) -> Tree:
    tree = Tree(_line(step))
    for each in step["steps"]:
        tree.add(_steps(each))
    return tree


def _line(step: dict[str, Any]) -> Text:
    parts = [("kind", step["kind"]), ("of", step["relation"]), ("by", step["index"])]
    said = " ".join(text if word == "kind" else f"{word} {text}" for word, text in parts if text)
    line = Text.assemble((said, "bold"), f"  cost {step['cost']:,.0f}, {counted(round(step['rows_expected']), 'row')}")
    if step["seconds"] is not None:
        loops = "" if step["loops"] == 1 else f" × {step['loops']:g}"
        line.append(f" expected; {step['rows']:g} in {duration(step['seconds'])}{loops}")
    for name, text in step["conditions"].items():
        if name not in _LEFT_OUT:
            line.append(f"\n{name}: {text}", "dim")
    return line
