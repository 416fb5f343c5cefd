"""The pages that people write, taken apart: headings, fenced blocks, links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        return self.path.read_text()

    def blocks(self) -> list[tuple[str, str]]:
        """Fenced blocks: language and content."""
        return _FENCE.findall(self.text)

    def prose(self) -> str:
        return _FENCE.sub("", self.text)

    def headings(self) -> list[tuple[int, str]]:
        """Level and words."""
        return [(len(marks), words) for marks, words in _HEADING.findall(self.prose())]

    def anchors(self) -> set[str]:
        """As GitHub makes them of headings."""
        return {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for _, words in self.headings()}

    def links(self) -> Iterator[str]:
        """Targets inside the repository."""
        for target in _LINK.findall(self.prose()):
            if "://" not in target:
                yield target


def written_pages() -> list[Page]:
    """Every page but those generated."""
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return [Page(path) for path in sorted(paths) if path.parent.name != "reference"]
