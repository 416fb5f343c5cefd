"""What .gitignore files leave out, as git reads them."""

import time

import pytest

from nacre.engines.files.ignored import is_ignored, read_rules

RULES = """
# built
node_modules/
*.log
!keep.log
/dist
docs/**/draft.md
build/**
**/cache
a[0-9].txt
b[!x].txt
\\#odd
trailing\\\x20
"""


@pytest.mark.parametrize(
    ("path", "folder", "left_out"),
    [
        ("node_modules", True, True), ("web/node_modules", True, True), ("node_modules", False, False),
        ("x.log", False, True), ("deep/er/x.log", False, True), ("keep.log", False, False), ("dist", True, True),
        ("web/dist", True, False), ("docs/draft.md", False, True), ("docs/a/b/draft.md", False, True),
        ("draft.md", False, False), ("build/x", False, True), ("build", True, False), ("a/b/cache", True, True),
        ("cache", False, True), ("a1.txt", False, True), ("ax.txt", False, False), ("by.txt", False, True),
        ("bx.txt", False, False), ("#odd", False, True), ("trailing ", False, True), ("plain.txt", False, False),
    ],
)  # fmt: skip
def test_rules_are_read_as_git_reads_them(path, folder, left_out):
    assert is_ignored(path, folder=folder, layers=[("", read_rules(RULES))]) is left_out


def test_rules_of_a_folder_below_win_and_reach_only_below_it():
    layers = [("", read_rules("*.tmp\n")), ("web", read_rules("!a.tmp\n/only\n"))]
    assert is_ignored("web/b.tmp", folder=False, layers=layers)
    assert not is_ignored("web/a.tmp", folder=False, layers=layers)
    assert is_ignored("web/only", folder=False, layers=layers)
    assert not is_ignored("web/x/only", folder=False, layers=layers)


def test_a_pattern_of_many_stars_is_matched_at_once():
    rules = read_rules("*" * 60 + "b\n")
    assert not is_ignored("a" * 200, folder=False, layers=[("", rules)])


@pytest.mark.parametrize(
    ("pattern", "path"), [("*a" * 20 + "*b", "a" * 200), ("**/a/" * 20 + "**/b", "a/" * 400), ("a?*" * 50, "a" * 99)]
)
def test_no_pattern_is_tried_in_every_way(pattern, path):
    began = time.monotonic()
    assert not is_ignored(path, folder=False, layers=[("", read_rules(f"{pattern}\n"))])
    assert time.monotonic() - began < 1


def test_wildcards_that_come_again_take_as_much_as_fits():
    rules = read_rules("*a*bc*d\n**/x/**/y*z/**/end\n")
    for path in ("abcd", "aabbcbcdd", "x/yz/end", "x/x/q/y/yzz/yz/p/end"):
        assert is_ignored(path, folder=False, layers=[("", rules)]), path
    for path in ("abdc", "acbd", "x/yz/ended", "yz/x/end"):
        assert not is_ignored(path, folder=False, layers=[("", rules)]), path
