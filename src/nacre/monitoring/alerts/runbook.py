"""What a rule means, and what to do: its section of docs/how-to/when-an-alert-fires.md."""

import re
from pathlib import Path

import nacre
from nacre.core.errors import NotFound
from nacre.core.operations import Answer

PAGE = Path(nacre.__file__).parents[2] / "docs" / "how-to" / "when-an-alert-fires.md"
_HEADING = re.compile(r"^#{1,3} +(.+?) *$")
_FENCE = "```"


class Runbook(Answer):
    """`text` is Markdown: paragraphs, and blocks of commands."""

    rule: str
    text: str


def runbook_of(rule: str) -> Runbook:
    """Raises NotFound "no-runbook": people's own rules have none."""
    text = sections(PAGE.read_text() if PAGE.exists() else "").get(rule)
    if text is None:
        raise NotFound(
            "no-runbook", f"Nothing is written about a rule “{rule}”.",
            hint="`nacre alert rule list` tells what each rule looks at.",
        )  # fmt: skip
    return Runbook(rule=rule, text=text)


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
