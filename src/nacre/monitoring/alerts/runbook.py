"""What a rule means, and what to do: its section of docs/how-to/when-an-alert-fires.md."""

import re
from collections.abc import Mapping
from pathlib import Path

import nacre
from nacre.core.errors import NotFound
from nacre.core.operations import Answer
from nacre.monitoring.alerts.rules import Rule

PAGE = Path(nacre.__file__).parents[2] / "docs" / "how-to" / "when-an-alert-fires.md"
_HEADING = re.compile(r"^#{1,3} +(.+?) *$")
_FENCE = "```"


class Runbook(Answer):
    """`text` is Markdown: paragraphs, and blocks of commands."""

    rule: str
    text: str


def runbook_of(name: str, rules: Mapping[str, Rule]) -> Runbook:
    """Raises NotFound "no-runbook": there is no such rule."""
    text = sections(PAGE.read_text() if PAGE.exists() else "").get(name)
    if text is not None:
        return Runbook(rule=name, text=text)
    if name not in rules:
        raise NotFound(
            "no-runbook", f"There is no rule “{name}”.", hint="`nacre alert rule list` shows those there are."
        )
    return Runbook(rule=name, text=_of_ones_own(rules[name]))


def _of_ones_own(rule: Rule) -> str:
    side = "above" if rule.above is not None else "below"
    return (
        f"A rule that people of this Nacre wrote: `{rule.formula}` of each {rule.kind} is {side} {rule.bound:g} for "
        f"{rule.hold_s:g} seconds.\n\n```bash\nnacre monitoring now {rule.kind}\n```"
    )


def sections(page: str) -> dict[str, str]:
    """The text below each heading of a page, by the heading, up to the next. Pure."""
    found: dict[str, list[str]] = {}
    heading, fenced = "", False
    for line in page.splitlines():
        fenced ^= line.startswith(_FENCE)
        if not fenced and (begins := _HEADING.match(line)):
            heading = begins[1]
        else:
            found.setdefault(heading, []).append(line)
    return {heading: "\n".join(lines).strip() for heading, lines in found.items()}
