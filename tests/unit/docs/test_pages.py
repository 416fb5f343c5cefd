"""The documentation is true where a machine can tell: links lead somewhere, both READMEs say the same."""

import re

import pytest
from tests.unit.docs.pages import ROOT, Page, written_pages

ENGLISH, CHINESE = Page(ROOT / "README.md"), Page(ROOT / "README.zh-CN.md")
INDEX = Page(ROOT / "docs" / "README.md")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


@pytest.mark.parametrize("page", written_pages(), ids=str)
def test_every_link_leads_somewhere(page: Page):
    for target in page.links():
        file, _, anchor = target.partition("#")
        path = (page.path.parent / file).resolve() if file else page.path
        assert path.exists(), target
        if anchor and path.suffix == ".md":
            assert anchor in Page(path).anchors(), target


def test_every_page_of_the_documentation_is_in_its_index():
    listed = {(INDEX.path.parent / target.partition("#")[0]).resolve() for target in INDEX.links()}
    assert listed >= {page.path for page in written_pages() if page.path.is_relative_to(INDEX.path.parent)} - {
        INDEX.path
    }


def test_both_readmes_have_the_same_shape():
    assert [level for level, _ in CHINESE.headings()] == [level for level, _ in ENGLISH.headings()]
    assert list(CHINESE.links())[1:] == list(ENGLISH.links())[1:], "after the link to each other"


def test_both_readmes_show_the_same_commands_and_answers():
    english, chinese = ENGLISH.blocks(), CHINESE.blocks()
    assert [kind for kind, _ in chinese] == [kind for kind, _ in english]
    for (kind, in_english), (_, in_chinese) in zip(english, chinese, strict=True):
        if kind == "mermaid":
            assert re.sub(r'"[^"]*"', '""', in_chinese) == re.sub(r'"[^"]*"', '""', in_english)
        else:
            assert in_chinese == in_english


def test_decisions_are_numbered_and_say_context_decision_and_consequences():
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    for path in DECISIONS:
        page = Page(path)
        assert page.headings()[0][1].startswith(f"{int(path.name[:4])}. ")
        assert re.findall(r"^\*\*(\w+)\.\*\*", page.text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
